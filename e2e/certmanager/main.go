// Command certmanager runs cert-manager's own controllers that turn a Certificate of a CA or self-signed issuer into a Secret: nothing of ACME,
// Vault or Venafi, no webhook, no leader election, no server. Every controller is cert-manager's; only their start is here, because the module of
// its own command is not served under its path.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	requestsca "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	requestsselfsigned "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	"github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	"github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

const workers = 5

// All of them are started or none: a name that cert-manager no longer registers must not go unnoticed.
var wanted = []string{
	issuers.ControllerName,
	clusterissuers.ControllerName,
	trigger.ControllerName,
	keymanager.ControllerName,
	requestmanager.ControllerName,
	issuing.ControllerName,
	readiness.ControllerName,
	revisionmanager.ControllerName,
	approver.ControllerName,
	requestsca.CRControllerName,
	requestsselfsigned.CRControllerName,
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the kubeconfig of the API server to work on")
	namespace := flag.String("cluster-resource-namespace", "cert-manager", "where ClusterIssuers find their Secrets")
	flag.Parse()
	if *kubeconfig == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *namespace); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run returns when the context is done, or with what kept a controller from running.
func run(ctx context.Context, kubeconfig, clusterNamespace string) error {
	logf.InitLogs()
	ctx, cancel := context.WithCancel(logf.NewContext(ctx, logf.Log))
	defer cancel()
	factory, err := controller.NewContextFactory(ctx, options(kubeconfig, clusterNamespace))
	if err != nil {
		return err
	}
	root, err := factory.Build()
	if err != nil {
		return err
	}
	built := make([]controller.Interface, len(wanted))
	for i, name := range wanted {
		construct, ok := controller.Known()[name]
		if !ok {
			return fmt.Errorf("cert-manager has no controller %q (it has %v)", name, known())
		}
		if built[i], err = construct(factory); err != nil {
			return fmt.Errorf("making controller %s: %w", name, err)
		}
	}
	// Informers are asked for while controllers are made; started before, they would miss some.
	root.SharedInformerFactory.Start(ctx.Done())
	root.KubeSharedInformerFactory.Start(ctx.Done())

	failures := make([]error, len(wanted))
	var running sync.WaitGroup
	for i, one := range built {
		running.Go(func() {
			if err := one.Run(workers, ctx); err != nil {
				failures[i] = fmt.Errorf("controller %s: %w", wanted[i], err)
				cancel()
			}
		})
	}
	fmt.Fprintln(os.Stderr, "cert-manager's controllers are started")
	running.Wait()
	return errors.Join(failures...)
}

// options are the defaults of cert-manager's command where they matter to these controllers. It may ask more often than there: a test waits for it.
func options(kubeconfig, clusterNamespace string) controller.ContextOptions {
	return controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   200,
		KubernetesAPIBurst: 400,
		IssuerOptions:      controller.IssuerOptions{ClusterResourceNamespace: clusterNamespace},
		CertificateOptions: controller.CertificateOptions{
			CopiedAnnotationPrefixes: []string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"},
		},
	}
}

func known() []string {
	names := make([]string, 0, len(controller.Known()))
	for name := range controller.Known() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
