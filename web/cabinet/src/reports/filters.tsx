import { Group, Input, NativeSelect, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';

import { useTexts } from '~/i18n';
import { useIsAtLeast } from '~/session/session';

import classes from './filters.module.css';
import { DAYS_MAX, isPossible, type Period, type Preset, PRESETS, type ReportSearch } from './period';
import { type Choice, communitiesQuery, operatorsQuery } from './queries';

interface Props {
  projectId: string;
  search: ReportSearch;
  period: Period;
  onChange: (change: ReportSearch) => void;
}

/** Of which days, of what and of whom the report is. */
export function Filters({ projectId, search, period, onChange }: Props) {
  const t = useTexts('reports');
  const label = useId();
  const seesAll = useIsAtLeast('supervisor', projectId);
  const communities = useQuery(communitiesQuery(projectId)).data ?? [];
  const operators = useQuery({ ...operatorsQuery(projectId), enabled: seesAll }).data ?? [];
  const chosen = search.period ?? '7';
  return (
    <>
      <Group gap="sm" align="end" mb="xs" className={classes.filters}>
        <Stack gap={0} align="start">
          <Input.Label id={label}>{t('period')}</Input.Label>
          <SegmentedControl
            className={classes.period}
            role="radiogroup"
            aria-labelledby={label}
            value={chosen}
            // One's own period begins with the days that are shown.
            onChange={(value) => onChange({ ...period, period: value as Preset })}
            data={PRESETS.map((value) => ({ value, label: t(`period_${value}`) }))}
          />
        </Stack>
        {chosen === 'own' && (
          <Group gap="sm" align="end" wrap="nowrap">
            {(['from', 'to'] as const).map((name) => (
              <TextInput
                key={name}
                type="date"
                label={t(name)}
                value={period[name]}
                required
                withAsterisk={false}
                error={!isPossible(period)}
                onChange={({ currentTarget }) => onChange({ ...period, [name]: currentTarget.value })}
              />
            ))}
          </Group>
        )}
        <Narrow
          label={t('community')}
          every={t('every_community')}
          choices={communities}
          value={search.community}
          onChange={(community) => onChange({ community })}
        />
        {seesAll && (
          <Narrow
            label={t('operator')}
            every={t('every_operator')}
            choices={operators}
            value={search.operator}
            onChange={(operator) => onChange({ operator })}
          />
        )}
      </Group>
      {!isPossible(period) && (
        <Text role="alert" size="sm" c="var(--mantine-color-error)" mb="sm">
          {t('impossible', { days: DAYS_MAX })}
        </Text>
      )}
    </>
  );
}

interface NarrowProps {
  label: string;
  every: string;
  choices: Choice[];
  value?: string;
  onChange: (value: string | undefined) => void;
}

/** The browser's own list: on a phone it is the best one, and it holds names of any length. */
function Narrow({ label, every, choices, value, onChange }: NarrowProps) {
  const t = useTexts('reports');
  const known = choices.some(({ id }) => id === value) || !value;
  return (
    <NativeSelect
      label={label}
      className={classes.narrow}
      value={value ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    >
      <option value="">{every}</option>
      {!known && <option value={value}>{t('nameless')}</option>}
      {choices.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </NativeSelect>
  );
}
