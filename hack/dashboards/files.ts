// The dashboards as files below config/grafana.

import { dashboardJson } from './model.ts';
import { nifiDashboard } from './nifi.ts';
import { operatorDashboard } from './operator.ts';

/** Text of each file by its path from the root of the repository. */
export function dashboardFiles(): Readonly<Record<string, string>> {
  return {
    'config/grafana/nifi-operator.json': dashboardJson(operatorDashboard),
    'config/grafana/nifi-cluster.json': dashboardJson(nifiDashboard),
  };
}
