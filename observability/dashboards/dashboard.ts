import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type AnyPanel, datasource } from './panels.ts';

export interface Section {
  readonly title: string;
  readonly panels: readonly AnyPanel[];
}

export interface DashboardSpec {
  /** Part of its uid and the name of its file. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The metric whose instances may be chosen from by the variable `instance`; absent: there is no such choice. */
  readonly instancesOf?: string;
  readonly sections: readonly Section[];
}

const TAG = 'verbatim';

/** A dashboard of Grafana's, as it is kept in a file. */
export const dashboard = ({ name, title, description, instancesOf, sections }: DashboardSpec): DashboardBuilder => {
  const builder = new DashboardBuilder(`Verbatim: ${title}`)
    .uid(`verbatim-${name}`)
    .description(description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .refresh('30s')
    .link(new DashboardLinkBuilder('Verbatim').type(DashboardLinkType.Dashboards).tags([TAG]).keepTime(true))
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  if (instancesOf !== undefined) {
    builder.withVariable(
      new QueryVariableBuilder('instance')
        .label('Instance')
        .datasource(datasource)
        .query(`label_values(${instancesOf}, instance)`)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.*'),
    );
  }
  for (const section of sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  return builder;
};
