import { UnstyledButton } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import { useChoices } from './choices';
import classes from './list-pane.module.css';
import { CHOICES, countFilters, type DialogsSearch, listed, toggled } from './search';
import type { View } from './views';

interface Props {
  projectId: string;
  search: DialogsSearch;
  views: View[];
  onChange: (change: Partial<DialogsSearch>) => void;
  onClear: () => void;
}

/** The filters that are on, each with a way off; while there are none, the saved views. */
export function FilterChips({ projectId, search, views, onChange, onClear }: Props) {
  const t = useTexts('list');
  const isOn = countFilters(search) > 0;
  if (!isOn && views.length === 0) return null;
  if (!isOn) {
    return (
      <nav className={classes.chips} aria-label={t('views')}>
        {views.map((view) => (
          <Link
            key={view.name}
            to="/projects/$projectId/dialogs"
            params={{ projectId }}
            search={view.search}
            className={classes.chip}
          >
            <span className={classes.chipName}>{view.name}</span>
          </Link>
        ))}
      </nav>
    );
  }
  return (
    <div className={classes.chips} role="group" aria-label={t('filters_chosen')}>
      <Chips projectId={projectId} search={search} onChange={onChange} />
      <UnstyledButton className={classes.clear} onClick={onClear}>
        {t('filters_clear')}
      </UnstyledButton>
    </div>
  );
}

function Chips({ projectId, search, onChange }: Pick<Props, 'projectId' | 'search' | 'onChange'>) {
  const t = useTexts('list');
  const formats = useFormats();
  const options = useChoices(projectId, (choice) => search[choice] !== undefined);
  const day = (text: string | undefined, key: string) => (text ? `${t(key)} ${formats.dayOrDate(text)}` : '');
  const chips = [
    ...CHOICES.flatMap((choice) =>
      listed(search[choice]).map((id) => ({
        key: id,
        name: options[choice].find((one) => one.id === id)?.name ?? t(choice),
        off: { [choice]: toggled(search[choice], id) },
      })),
    ),
    ...listed(search.only).map((mark) => ({
      key: mark,
      name: t(`mark_${mark}`),
      off: { only: toggled(search.only, mark) },
    })),
    ...(search.from || search.to
      ? [
          {
            key: 'period',
            name: [day(search.from, 'period_from'), day(search.to, 'period_to')].filter(Boolean).join(' '),
            off: { from: undefined, to: undefined },
          },
        ]
      : []),
  ];
  return chips.map(({ key, name, off }) => (
    <UnstyledButton
      key={key}
      className={classes.chip}
      aria-label={t('filter_off', { name })}
      onClick={() => onChange(off)}
    >
      <span className={classes.chipName}>{name}</span>
      <IconX size={14} aria-hidden />
    </UnstyledButton>
  ));
}
