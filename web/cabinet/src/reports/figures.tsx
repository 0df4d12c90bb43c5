import { Paper, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import type { DialogsDuration, DialogsReportOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import { useDurations } from './use-durations';
import classes from './figures.module.css';

/** The figures of the whole period. */
export function Figures({ report }: { report: DialogsReportOut }) {
  const t = useTexts('reports');
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="sm">
      <Duration title={t('first_answer')} about={t('first_answer_about')} duration={report.first_answer} />
      <Duration title={t('resolution')} about={t('resolution_about')} duration={report.resolution} />
      <Counts title={t('cases')} counts={report.cases} names={['opened', 'closed', 'unanswered']} />
      <Counts title={t('messages')} counts={report.messages} names={['received', 'sent']} />
    </SimpleGrid>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper component="section" withBorder p="md" aria-label={title}>
      <Text component="h2" size="sm" fw={600} c="dimmed" mb={4}>
        {title}
      </Text>
      {children}
    </Paper>
  );
}

function Duration({ title, about, duration }: { title: string; about: string; duration: DialogsDuration }) {
  const t = useTexts('reports');
  const text = useDurations();
  const { count, median_seconds, p90_seconds } = duration;
  return (
    <Card title={title}>
      <Text className={classes.great} title={about}>
        {text(median_seconds)}
      </Text>
      {count > 0 && (
        <Text size="sm" c="dimmed">
          {t('median')}, {t('p90', { duration: text(p90_seconds) })}, {t('of_count', { count })}
        </Text>
      )}
      <Text size="xs" c="dimmed" mt={6}>
        {about}
      </Text>
    </Card>
  );
}

function Counts<Name extends string>({
  title,
  counts,
  names,
}: {
  title: string;
  counts: Record<Name, number>;
  names: Name[];
}) {
  const t = useTexts('reports');
  const { number } = useFormats();
  return (
    <Card title={title}>
      <dl className={classes.counts}>
        {names.map((name) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd className={classes.great}>{number(counts[name])}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
