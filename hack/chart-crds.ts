// CRDs as templates of the chart nifi-operator-crds: templates, because only those are upgraded; with the policy that keeps Helm from ever deleting
// them; and with the small schema where a value asks for it.
// Surprise: the CRD with the small schema must be the plain one and more, in two places. That it is nothing else is checked here.

/** What Helm takes for a template although it is text. */
export function escaped(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

/** A CRD that is there only with the small schema. */
export function optionalCrdTemplate(crd: string): string {
  const [head = '', ...rest] = crd.split(/^(?=apiVersion:)/mu);
  return `${head}{{- if .Values.smallSchema.enabled }}\n${withMetadata(rest.join(''))}{{- end }}\n`;
}

/** A CRD, and what it is with the small schema where that knows more of it. Throws Error when that is not the CRD and more. */
export function crdTemplate(crd: string, small: string | undefined): string {
  if (small === undefined) return withMetadata(crd);
  const [, conversion = ''] = /(^ {2}conversion:\n(?: {4}.*\n)+)/mu.exec(small) ?? [];
  const [, plain] = split(crd, '\n');
  const [, more] = split(small.replace(conversion, ''), '\n');
  if (conversion === '' || !more.startsWith(plain))
    throw new Error('the CRD with the small schema is not the plain one and more');
  const [before, versions] = split(crd, '\n  versions:\n');
  return [
    `${withMetadata(before)}\n`,
    whereSmall(addressed(conversion)),
    `  versions:\n${escaped(versions)}`,
    whereSmall(escaped(more.slice(plain.length))),
  ].join('');
}

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`a CRD has no ${JSON.stringify(mark)}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function whereSmall(text: string): string {
  return `{{- if .Values.smallSchema.enabled }}\n${text}{{- end }}\n`;
}

/** Where the operator's webhooks are depends on its release. */
function addressed(conversion: string): string {
  return conversion
    .replace(/namespace: .*/u, 'namespace: {{ .Values.smallSchema.namespace | default .Release.Namespace | quote }}')
    .replace(/name: .*webhook.*/u, 'name: {{ .Values.smallSchema.service }}');
}

function withMetadata(crd: string): string {
  const head = /^metadata:\n {2}name: \S+\n/mu.exec(crd);
  if (head === null) throw new Error('a CRD begins its metadata with its name');
  const end = head.index + head[0].length;
  const more = '  {{- include "nifi-operator-crds.metadata" . | nindent 2 }}\n';
  return escaped(crd.slice(0, end)) + more + escaped(crd.slice(end));
}
