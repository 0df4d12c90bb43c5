import { Text, Title, VisuallyHidden } from '@mantine/core';
import { useId } from 'react';

import { useFormats } from '~/i18n/formats';

import classes from './columns.module.css';
import { labelled, marksOf } from './scale';

const HEIGHT = 160;
const LABELS = 6;
// Of a column's place: how much is left free between it and the next one.
const GAP = 0.24;

export interface Series {
  name: string;
  colour: 'first' | 'second';
  values: number[];
}

interface Props {
  title: string;
  about?: string;
  /** What the columns are, for the table's head. */
  unit: string;
  /** The columns' names: short below the chart, whole in the table. */
  names: { short: string; whole: string }[];
  series: Series[];
}

/** A chart of columns, and the same as a table for those who do not see it. */
export function Columns({ title, about, unit, names, series }: Props) {
  const id = useId();
  const { number } = useFormats();
  const marks = marksOf(Math.max(0, ...series.flatMap(({ values }) => values)));
  const top = marks.at(-1) ?? 1;
  const place = 100 / names.length;
  const width = (place * (1 - GAP)) / series.length;
  const shown = labelled(names.length, LABELS);
  return (
    <section aria-labelledby={id} className={classes.chart}>
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {about && (
        <Text size="sm" c="dimmed">
          {about}
        </Text>
      )}
      <ul className={classes.legend} aria-hidden>
        {series.map(({ name, colour }) => (
          <li key={name}>
            <span className={classes.sample} data-colour={colour} />
            {name}
          </li>
        ))}
      </ul>
      <div className={classes.plot} aria-hidden>
        <svg width="100%" height={HEIGHT} className={classes.drawing}>
          {marks.map((mark) => (
            <line
              key={mark}
              x1="0"
              x2="100%"
              y1={heightOf(mark)}
              y2={heightOf(mark)}
              data-is-base={mark === 0}
            />
          ))}
          {names.map(({ whole }, column) => (
            <g key={whole}>
              <title>{`${whole}: ${series.map(({ name, values }) => `${name} ${number(values[column] ?? 0)}`).join(', ')}`}</title>
              <rect
                x={`${column * place}%`}
                y="0"
                width={`${place}%`}
                height={HEIGHT}
                className={classes.place}
              />
              {series.map(({ name, colour, values }, index) => (
                <rect
                  key={name}
                  x={`${(column + GAP / 2) * place + index * width}%`}
                  width={`${width}%`}
                  y={heightOf(values[column] ?? 0)}
                  height={HEIGHT - heightOf(values[column] ?? 0)}
                  rx="1.5"
                  data-colour={colour}
                />
              ))}
            </g>
          ))}
        </svg>
        <ul className={classes.marks}>
          {marks.map((mark) => (
            <li key={mark} style={{ top: heightOf(mark) }}>
              {number(mark)}
            </li>
          ))}
        </ul>
        <ul className={classes.names}>
          {names.map(({ short, whole }, column) =>
            shown.has(column) ? (
              <li key={whole} style={{ left: `${(column + 0.5) * place}%` }}>
                {short}
              </li>
            ) : null,
          )}
        </ul>
      </div>
      <VisuallyHidden>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">{unit}</th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map(({ whole }, column) => (
              <tr key={whole}>
                <th scope="row">{whole}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>{number(values[column] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </section>
  );

  function heightOf(value: number): number {
    return HEIGHT - (value / top) * (HEIGHT - 1);
  }
}
