// Package crdlint checks CustomResourceDefinition files as the API server checks a create request: strict decoding, defaulting, conversion to
// the internal version, then the registry's own strategy (structural schema, defaults, CEL compilation and cost). It must not have rules of its
// own: what it refuses, a cluster refuses. A file may hold several YAML documents.
package crdlint

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Result is what was found in one file. Costs are the estimated costs of all CEL rules of the definitions that are valid.
type Result struct {
	Errors   []string
	Warnings []string
	Costs    []RuleCost
}

// Lint checks every document of a file. An error is one line that names the field.
func Lint(data []byte) Result {
	var result Result
	found := 0
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			result.Errors = append(result.Errors, err.Error())
			break
		}
		if empty(document) {
			continue
		}
		found++
		lintDocument(document, &result)
	}
	if found == 0 && len(result.Errors) == 0 {
		result.Errors = append(result.Errors, "no CustomResourceDefinition in this file")
	}
	return result
}

func lintDocument(document []byte, result *Result) {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDecoder(apiextensions.SchemeGroupVersion)
	object, _, err := decoder.Decode(document, nil, nil)
	if strict, ok := runtime.AsStrictDecodingError(err); ok {
		// The object is decoded all the same: what else is wrong with it is worth knowing in the same run.
		for _, problem := range strict.Errors() {
			result.Errors = append(result.Errors, problem.Error())
		}
	} else if err != nil {
		result.Errors = append(result.Errors, err.Error())
		return
	}
	crd, ok := object.(*apiextensions.CustomResourceDefinition)
	if !ok {
		result.Errors = append(result.Errors, fmt.Sprintf("%T is not a CustomResourceDefinition", object))
		return
	}

	strategy := customresourcedefinition.NewStrategy(scheme)
	ctx := context.Background()
	strategy.PrepareForCreate(ctx, crd)
	invalid := strategy.Validate(ctx, crd)
	for _, problem := range invalid {
		result.Errors = append(result.Errors, problem.Error())
	}
	result.Warnings = append(result.Warnings, strategy.WarningsOnCreate(ctx, crd)...)
	if len(invalid) == 0 {
		result.Costs = append(result.Costs, ruleCosts(crd)...)
	}
}

// empty reports whether a document holds nothing but comments, separators and blank lines.
func empty(document []byte) bool {
	for _, line := range bytes.Split(document, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}
