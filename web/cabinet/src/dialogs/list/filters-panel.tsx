import { ActionIcon, Button, Checkbox, Fieldset, Group, Stack, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';

import { useTexts } from '~/i18n';
import '~/ui/styles';

import { type Option, useChoices } from './choices';
import classes from './panels.module.css';
import { CHOICES, countFilters, type DialogsSearch, listed, MARKS, toggled } from './search';
import type { useViews } from './views';

interface Props {
  projectId: string;
  search: DialogsSearch;
  views: ReturnType<typeof useViews>;
  onChange: (change: Partial<DialogsSearch>) => void;
  onClear: () => void;
  onClose: () => void;
}

/** All filters; each takes effect at once, and stands in the address. */
export function FiltersPanel({ projectId, search, views, onChange, onClear, onClose }: Props) {
  const t = useTexts('list');
  const options = useChoices(projectId, () => true);
  return (
    <section className={classes.panel} aria-label={t('filters')}>
      <Stack className={classes.fields} gap="sm">
        <Fieldset legend={t('marks')} className={classes.set}>
          {MARKS.map((mark) => (
            <Checkbox
              key={mark}
              className={classes.choice}
              label={t(`mark_${mark}`)}
              checked={listed(search.only).includes(mark)}
              onChange={() => onChange({ only: toggled(search.only, mark) })}
            />
          ))}
        </Fieldset>
        {CHOICES.map((choice) => (
          <Choices
            key={choice}
            legend={t(choice)}
            options={options[choice]}
            chosen={listed(search[choice])}
            onToggle={(id) => onChange({ [choice]: toggled(search[choice], id) })}
          />
        ))}
        <Fieldset legend={t('period')}>
          <Group grow gap="xs">
            {(['from', 'to'] as const).map((end) => (
              <TextInput
                key={end}
                type="date"
                label={t(`period_${end}`)}
                value={search[end] ?? ''}
                min={end === 'to' ? search.from : undefined}
                max={end === 'from' ? search.to : undefined}
                onChange={(event) => onChange({ [end]: event.currentTarget.value || undefined })}
              />
            ))}
          </Group>
        </Fieldset>
        <Views search={search} views={views} />
      </Stack>
      <Group className={classes.foot} gap="xs" grow>
        <Button variant="default" disabled={countFilters(search) === 0} onClick={onClear}>
          {t('filters_reset')}
        </Button>
        <Button onClick={onClose}>{t('filters_close')}</Button>
      </Group>
    </section>
  );
}

const SEARCHED_FROM = 8;

interface ChoicesProps {
  legend: string;
  options: Option[];
  chosen: string[];
  onToggle: (id: string) => void;
}

function Choices({ legend, options, chosen, onToggle }: ChoicesProps) {
  const t = useTexts('list');
  const [part, setPart] = useState('');
  const wanted = part.trim().toLocaleLowerCase();
  const shown = options.filter(
    (one) => one.name.toLocaleLowerCase().includes(wanted) || chosen.includes(one.id),
  );
  return (
    <Fieldset legend={legend} className={classes.set}>
      {options.length === 0 && <span className={classes.none}>{t('none_yet')}</span>}
      {options.length >= SEARCHED_FROM && (
        <TextInput
          size="xs"
          aria-label={t('find', { name: legend })}
          placeholder={t('find', { name: legend })}
          value={part}
          onChange={(event) => setPart(event.currentTarget.value)}
        />
      )}
      <div className={classes.options}>
        {shown.map((one) => (
          <Checkbox
            key={one.id}
            className={classes.choice}
            label={one.name}
            checked={chosen.includes(one.id)}
            onChange={() => onToggle(one.id)}
          />
        ))}
      </div>
    </Fieldset>
  );
}

function Views({ search, views }: Pick<Props, 'search' | 'views'>) {
  const t = useTexts('list');
  const [name, setName] = useState('');
  return (
    <Fieldset legend={t('views')}>
      <p className={classes.none}>{t('views_about')}</p>
      {views.views.map((view) => (
        <Group key={view.name} justify="space-between" wrap="nowrap" className={classes.choice}>
          <span className="wrapping">{view.name}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t('view_forget', { name: view.name })}
            onClick={() => views.forget(view.name)}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!name.trim()) return;
          views.keep({ name: name.trim(), search });
          setName('');
        }}
      >
        <Group gap="xs" wrap="nowrap" align="end">
          <TextInput
            className={classes.viewName}
            label={t('view_name')}
            maxLength={40}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            {t('view_keep')}
          </Button>
        </Group>
      </form>
    </Fieldset>
  );
}
