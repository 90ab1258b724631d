// The two ways in which the stand-in says no: a process that refuses to start, and a request that is refused.
// Texts are those of NiFi where they are recorded, because clients have to tell cases apart by them.

/** NiFi would end with exit code 1; `message` is the last thing it says. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

export type ErrorMediaType = 'text/plain;charset=iso-8859-1' | 'application/json' | 'text/html;charset=iso-8859-1';

/** Ends a request with this status and text. NiFi sends most errors as plain text, a few as JSON that is none. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly contentType: ErrorMediaType;

  constructor(status: number, text: string, contentType: ErrorMediaType = 'text/plain;charset=iso-8859-1') {
    super(text);
    this.status = status;
    this.contentType = contentType;
  }
}

/** The page of Jetty, for what is refused before NiFi sees it. */
export function jettyPage(status: number, message: string, uri: string, servlet?: string): HttpError {
  const title = message === 'Forbidden' ? `${status}` : `${status} ${message}`;
  const rows = [`<tr><th>URI:</th><td>${escapeMarkup(uri)}</td></tr>`, `<tr><th>STATUS:</th><td>${status}</td></tr>`];
  rows.push(`<tr><th>MESSAGE:</th><td>${message}</td></tr>`);
  if (servlet) rows.push(`<tr><th>SERVLET:</th><td>${servlet}</td></tr>`);
  const head = `<head>\n<title>Error ${title}</title>\n</head>`;
  const body = `<body>\n<h2>HTTP ERROR ${status} ${message}</h2>\n<table>\n${rows.join('\n')}\n</table>\n</body>`;
  return new HttpError(status, `<html>\n${head}\n${body}\n</html>\n`, 'text/html;charset=iso-8859-1');
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
