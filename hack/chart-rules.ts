// The rules of config/rbac as named templates of the chart nifi-operator, and which value grants what is not always granted.
// Surprise: reasons behind verbs are comments, and stay: `helm template` shows them to whoever has to approve the rights.

import { escaped } from './chart-crds.ts';

/** What is granted only where a value says so: the API group, and the value. */
const optional: Readonly<Record<string, string>> = { 'cert-manager.io': '.Values.certManager.enabled' };

/** Names in roles that are a release's own, and what gives them. */
const names: Readonly<Record<string, string>> = {
  'leader-election-role.yaml': '{{ include "nifi-operator.leaseName" . }}',
  'small-schema/webhook-role.yaml': '{{ include "nifi-operator.webhookSecret" . }}',
  'small-schema/webhook-cluster-role.yaml': '{{ include "nifi-operator.webhookConfiguration" . }}',
};

/** Text of templates/_rules.tpl. `read` gives a file below config/rbac. Throws Error for a file without rules. */
export function ruleTemplates(notice: string, read: (file: string) => string): string {
  const rules = (file: string): string => rulesOf(file, read(file));
  return [
    `{{- /* ${notice} The rules are those of config/rbac. */ -}}`,
    template(
      'rules',
      rules('role.yaml') +
        where('.Values.monitoring.enabled', rules('monitoring/role.yaml')) +
        where('.Values.smallSchema.enabled', rules('small-schema/flows-role.yaml')),
    ),
    template('leaderElectionRules', rules('leader-election-role.yaml')),
    template('webhookRules', rules('small-schema/webhook-role.yaml')),
    template('webhookClusterRules', rules('small-schema/webhook-cluster-role.yaml')),
    '',
  ].join('\n');
}

function template(name: string, text: string): string {
  return `{{- define "nifi-operator.${name}" -}}\n${text}{{- end -}}`;
}

function where(value: string, text: string): string {
  return `{{- if ${value} }}\n${text}{{- end }}\n`;
}

/** The rules of a role as they are written, not indented. */
function rulesOf(file: string, text: string): string {
  const [, rules] = text.split(/^rules:\n/mu);
  if (rules === undefined) throw new Error(`config/rbac/${file} has no rules`);
  const own = names[file];
  return escaped(rules)
    .replaceAll(/^ {2}/gmu, '')
    .replaceAll(/resourceNames: \[nifi-operator[-a-z]*\]/gu, own === undefined ? '$&' : `resourceNames: ["${own}"]`)
    .split(/^(?=- )/mu)
    .map((rule) => {
      const value = optional[/^- apiGroups: \[(.*)\]/u.exec(rule)?.[1] ?? ''];
      return value === undefined ? rule : where(value, rule);
    })
    .join('');
}
