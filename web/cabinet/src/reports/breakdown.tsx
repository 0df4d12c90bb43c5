import { Paper, Table, Text, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useId } from 'react';

import type { DialogsIntegrationFigures } from '~/api';
import { PHONE } from '~/app/theme';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import classes from './breakdown.module.css';
import { useDurations } from './use-durations';

/** The figures of one community or operator. */
export interface Line {
  id: string;
  name: string;
  figures: Omit<DialogsIntegrationFigures, 'integration'>;
}

interface Props {
  title: string;
  /** What a line is, for the table's head. */
  unit: string;
  lines: Line[];
}

/** Figures side by side, with bars; a table, on a phone a list. */
export function Breakdown({ title, unit, lines }: Props) {
  const id = useId();
  const isPhone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false });
  const columns = useColumns();
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={id}>
      <Title order={2} size="h4" mb="sm" id={id}>
        {title}
      </Title>
      {isPhone ? (
        <ul className={classes.list}>
          {lines.map((line) => (
            <li key={line.id}>
              <Text fw={600} className="wrapping">
                {line.name}
              </Text>
              <dl className={classes.figures}>
                {columns.map(({ name, text }) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>{text(line)}</dd>
                  </div>
                ))}
              </dl>
            </li>
          ))}
        </ul>
      ) : (
        <Table aria-labelledby={id} className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{unit}</Table.Th>
              {columns.map(({ name }) => (
                <Table.Th key={name} scope="col" ta="right">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map((line) => (
              <Table.Tr key={line.id}>
                <Table.Th scope="row" fw={500} className="wrapping">
                  {line.name}
                </Table.Th>
                {columns.map(({ name, text, value }) => (
                  <Table.Td key={name} ta="right">
                    {text(line)}
                    {value && <Bar share={value(line) / Math.max(1, ...lines.map(value))} />}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}

interface Column {
  name: string;
  text: (line: Line) => string;
  /** Of which the bar is long; columns without a bar have none. */
  value?: (line: Line) => number;
}

function useColumns(): Column[] {
  const t = useTexts('reports');
  const { number } = useFormats();
  const duration = useDurations();
  const counted = (name: string, value: (line: Line) => number): Column => ({
    name: t(name),
    text: (line) => number(value(line)),
    value,
  });
  const timed = (name: 'first_answer' | 'resolution'): Column => ({
    name: t('median_of', { what: t(name) }),
    text: ({ figures }) => duration(figures[name].median_seconds),
  });
  return [
    counted('opened', ({ figures }) => figures.cases.opened),
    counted('closed', ({ figures }) => figures.cases.closed),
    counted('unanswered', ({ figures }) => figures.cases.unanswered),
    timed('first_answer'),
    timed('resolution'),
    counted('received', ({ figures }) => figures.messages.received),
    counted('sent', ({ figures }) => figures.messages.sent),
  ];
}

function Bar({ share }: { share: number }) {
  return (
    <span className={classes.bar} aria-hidden>
      <span style={{ width: `${100 * share}%` }} />
    </span>
  );
}
