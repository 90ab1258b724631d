// Grafana dashboards as values: rows of panels that are placed from left to right, and the JSON model of Grafana 11 and later that they become.
// Every panel says what it shows and in which unit. Ids and positions follow from the order, so that a change of one panel changes one panel.

export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

/** From `value` on it has this color; the first step has none below. */
type Threshold = readonly [value: number | null, color: 'green' | 'orange' | 'red' | 'text'];

export interface Panel {
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly title: string;
  readonly description: string;
  /** An id of Grafana's: `short`, `s`, `bytes`, `Bps`, `percentunit`… */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  readonly thresholds?: readonly Threshold[];
  readonly max?: number;
  readonly stacked?: boolean;
  /** Of a table: labels to leave out. */
  readonly hidden?: readonly string[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** `label_values(…)`. */
  readonly query: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

const columns = 24;
const datasource = { type: 'prometheus', uid: '${datasource}' } as const;
const heights = { timeseries: 8, table: 8, stat: 4 } as const satisfies Record<Panel['kind'], number>;

const options = {
  timeseries: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  stat: {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'value',
    graphMode: 'area',
    textMode: 'auto',
  },
  table: { showHeader: true, cellHeight: 'sm' },
} as const satisfies Record<Panel['kind'], object>;

/** The text of a file. */
export function dashboardJson(dashboard: Dashboard): string {
  const { uid, title, description, variables, rows } = dashboard;
  const model = {
    uid,
    title,
    description,
    tags: ['nifi', 'nifi-operator'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    annotations: { list: [] },
    links: [],
    templating: { list: [datasourceVariable(), ...variables.map(queryVariable)] },
    panels: placed(rows),
  };
  return `${JSON.stringify(model, undefined, 2)}\n`;
}

function datasourceVariable(): object {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1, hide: 0 };
}

function queryVariable({ name, label, query }: Variable): object {
  const all = { includeAll: true, allValue: '.*', multi: true, current: { text: ['All'], value: ['$__all'] } };
  const asked = { query: { query, refId: name }, definition: query, datasource, refresh: 2, sort: 1 };
  return { name, label, type: 'query', hide: 0, ...asked, ...all };
}

/** A row's panels fill lines of 24 columns; a line is as high as the highest in it. */
function placed(rows: readonly Row[]): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push(rowPanel(row.title, panels.length + 1, y));
    y += 1;
    let [x, lineHeight] = [0, 0];
    for (const panel of row.panels) {
      const h = heights[panel.kind];
      if (x + panel.width > columns) {
        y += lineHeight;
        [x, lineHeight] = [0, 0];
      }
      panels.push({ id: panels.length + 1, gridPos: { x, y, w: panel.width, h }, ...panelModel(panel) });
      x += panel.width;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return panels;
}

function rowPanel(title: string, id: number, y: number): object {
  return { id, type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: columns, h: 1 } };
}

function panelModel(panel: Panel): object {
  const { kind, title, description, queries } = panel;
  const isTable = kind === 'table';
  const targets = queries.map(({ expr, legend = '__auto' }, index) => ({
    refId: String.fromCodePoint('A'.charCodeAt(0) + index),
    datasource,
    expr,
    legendFormat: legend,
    ...(isTable ? { format: 'table', instant: true, range: false } : { range: true }),
  }));
  return {
    type: kind,
    title,
    description,
    datasource,
    targets,
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    options: options[kind],
    ...(isTable ? { transformations: [withoutColumns(panel.hidden ?? [])] } : {}),
  };
}

function fieldDefaults({ kind, unit, thresholds = [[null, 'green']], max, stacked = false }: Panel): object {
  const steps = thresholds.map(([value, color]) => ({ value, color }));
  const lines = { drawStyle: 'line', lineWidth: 1, fillOpacity: stacked ? 30 : 10, showPoints: 'never' };
  const custom = { ...lines, stacking: { mode: stacked ? 'normal' : 'none', group: 'A' } };
  return {
    unit,
    min: 0,
    ...(max === undefined ? {} : { max }),
    thresholds: { mode: 'absolute', steps },
    ...(kind === 'timeseries' ? { custom } : {}),
  };
}

function withoutColumns(hidden: readonly string[]): object {
  const excludeByName = Object.fromEntries(['Time', ...hidden].map((name) => [name, true]));
  return { id: 'organize', options: { excludeByName, indexByName: {}, renameByName: {} } };
}
