// Compiles the templates of a node's files and types what each may see.
// Strict: a name that a view lacks throws instead of writing nothing. Each value goes through the helper of its file:
// `property` writes a line of a properties file, `xml` a text, `quote` a word for the shell. A template compiles once.

import { stringify } from 'dot-properties';
import Handlebars from 'handlebars';
import type { PropertyEntry, PropertySection } from './nifi-properties.ts';
import type { ProviderProperty } from './sign-in-files.ts';
import { logback } from './templates/logback.ts';
import { bootstrapConf, nifiProperties, secretProperties, zooKeeperProperties } from './templates/properties.ts';
import { startSh } from './templates/start-sh.ts';
import { authorizers, loginIdentityProviders, stateManagement } from './templates/xml.ts';

export interface Views {
  readonly 'nifi.properties': { readonly sections: readonly PropertySection[] };
  readonly 'bootstrap.conf': { readonly entries: readonly PropertyEntry[] };
  readonly 'secret.properties': { readonly entries: readonly PropertyEntry[] };
  readonly 'zookeeper.properties': Readonly<Record<string, never>>;
  readonly 'authorizers.xml': {
    readonly dataDirectory: string;
    readonly operatorIdentity: string;
    readonly nodeIdentity: string;
    /** The users and groups of an LDAP server, beside those in NiFi's own file. */
    readonly directory: { readonly properties: readonly ProviderProperty[] } | null;
    readonly userGroupProvider: string;
  };
  readonly 'login-identity-providers.xml': {
    readonly singleUser: { readonly username: string; readonly passwordHash: string } | null;
    readonly ldap: { readonly properties: readonly ProviderProperty[] } | null;
  };
  readonly 'state-management.xml': {
    readonly dataDirectory: string;
    readonly configMapPrefix: string;
    readonly zooKeeper: { readonly connectString: string; readonly rootNode: string } | null;
  };
  readonly 'logback.xml': Readonly<Record<string, never>>;
  readonly 'start.sh': {
    readonly nodeId: number;
    readonly host: string;
    readonly tls: boolean;
    /** Names of the public files, separated by blanks. */
    readonly files: string;
    readonly secretFiles: string;
    readonly trust: {
      /** Name in conf of the store to make. */
      readonly store: string;
      readonly password: string;
      readonly onTopOfJdk: boolean;
      /** Names of files with a certificate each, separated by blanks. */
      readonly certificates: string;
    } | null;
  };
}

export type TemplateName = keyof Views;

export const templateSources: Readonly<Record<TemplateName, string>> = {
  'nifi.properties': nifiProperties,
  'bootstrap.conf': bootstrapConf,
  'secret.properties': secretProperties,
  'zookeeper.properties': zooKeeperProperties,
  'authorizers.xml': authorizers,
  'login-identity-providers.xml': loginIdentityProviders,
  'state-management.xml': stateManagement,
  'logback.xml': logback,
  'start.sh': startSh,
};

const handlebars = Handlebars.create();
handlebars.registerHelper('property', (key: unknown, value: unknown) => safe(propertyLine(word(key), word(value))));
handlebars.registerHelper('xml', (value: unknown) => safe(xmlText(word(value))));
handlebars.registerHelper('quote', (value: unknown) => safe(shellWord(word(value))));

/** Helpers that a template may call; everything else in double braces is a path of its view. */
export const templateHelpers = { property: true, xml: true, quote: true } as const;

const compiled = new Map<TemplateName, Handlebars.TemplateDelegate>();

export function renderTemplate<Name extends TemplateName>(name: Name, view: Views[Name]): string {
  let template = compiled.get(name);
  if (template === undefined) {
    template = handlebars.compile(templateSources[name], {
      strict: true,
      knownHelpersOnly: true,
      knownHelpers: { ...templateHelpers },
    });
    compiled.set(name, template);
  }
  return template(view);
}

/** Handlebars' strict mode checks plain names, but hands a helper undefined for a name that the view lacks. */
function word(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`A template needs a text and its view has ${typeof value}`);
  return value;
}

function safe(escaped: string): Handlebars.SafeString {
  return new Handlebars.SafeString(escaped);
}

/** Java reads properties files as ISO-8859-1, the ConfigMap is UTF-8: everything past ASCII is written as an escape. */
function propertyLine(key: string, value: string): string {
  const line = stringify([[key, value]], { keySep: '=', lineWidth: null });
  return line.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Handlebars' own escaping also writes = as &#x3D;, which nobody can read in a ConfigMap. */
function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
