import { SimpleGrid, Stack } from '@mantine/core';

import type { DialogsDayFigures, DialogsReportOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import { Columns, type Series } from './columns';

type Load = Pick<DialogsDayFigures, 'opened' | 'closed' | 'received' | 'sent'>;

/** What happened on each day and in each hour. */
export function Charts({ report }: { report: DialogsReportOut }) {
  const t = useTexts('reports');
  const { day, dayShort } = useFormats();
  const days = report.by_day.map((one) => ({
    short: dayShort(`${one.day}T12:00`),
    whole: day(`${one.day}T12:00`),
  }));
  const hours = report.by_hour.map(({ hour }) => ({
    short: `${hour}:00`,
    whole: `${hour}:00–${hour + 1}:00`,
  }));
  const series = (all: Load[], ...names: (keyof Load)[]): Series[] =>
    names.map((name, index) => ({
      name: t(name),
      colour: index === 0 ? 'first' : 'second',
      values: all.map((one) => one[name]),
    }));
  return (
    <Stack gap="md">
      {days.length > 1 && (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <Columns
            title={t('cases_by_day')}
            unit={t('day')}
            names={days}
            series={series(report.by_day, 'opened', 'closed')}
          />
          <Columns
            title={t('messages_by_day')}
            unit={t('day')}
            names={days}
            series={series(report.by_day, 'received', 'sent')}
          />
        </SimpleGrid>
      )}
      <Columns
        title={t('load_by_hour')}
        about={t('load_by_hour_about', { timezone: report.timezone })}
        unit={t('hour')}
        names={hours}
        series={series(report.by_hour, 'received', 'opened')}
      />
    </Stack>
  );
}
