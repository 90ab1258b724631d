// Reads the project's Markdown for the tests that compare it with the code: files, tables, links, anchors, fenced code.
// Only as much Markdown as the documents use. Nothing here knows what a page is about.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export function page(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Every document: those in the root, all of docs/, and one for each chart. Paths from the root. */
export function documents(): readonly string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const charts = readdirSync(join(root, 'charts')).map((name) => join('charts', name, 'README.md'));
  return [
    ...top,
    ...below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
    ...charts,
  ].toSorted();
}

/** The cells of every table row that begins with a code word, as they stand, without the backticks around a whole cell. */
export function rows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1).map(bare));
}

function bare(cell: string): string {
  return /^`([^`]*)`$/u.exec(cell.trim())?.[1] ?? cell.trim();
}

/** The code words of a cell. */
export function words(cell: string): readonly string[] {
  return cell.includes('`') ? [...cell.matchAll(/`([^`]+)`/gu)].map(([, word = '']) => word) : [cell];
}

/** Targets of the links in a text, code left out. */
export function links(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gmu, '').replaceAll(/`[^`\n]*`/gu, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/gu)].map(([, target = '']) => target);
}

/** The anchors that a page's headings make. */
export function anchors(text: string): ReadonlySet<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gmu, '').matchAll(/^#+ (.*)$/gmu);
  return new Set([...headings].map(([, heading = '']) => anchor(heading)));
}

function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** The fenced blocks of one language. */
export function fenced(text: string, language: string): readonly string[] {
  const blocks = text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gmu);
  return [...blocks].filter(([, given]) => given === language).map(([, , body = '']) => body);
}
