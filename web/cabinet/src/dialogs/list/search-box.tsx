import { ActionIcon, CloseButton, Indicator, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilter, IconSearch } from '@tabler/icons-react';
import { type RefObject, useEffect, useRef, useState } from 'react';

import { useTexts } from '~/i18n';

import classes from './list-pane.module.css';

const TYPING = 300;
const QUESTION_MAX = 200;

interface Props {
  field: RefObject<HTMLInputElement | null>;
  q: string;
  onSearch: (q: string) => void;
  filterCount: number;
  isFiltering: boolean;
  onFilters: () => void;
}

/** The field that searches while one types, and the way to the filters. */
export function SearchBox({ field, q, onSearch, filterCount, isFiltering, onFilters }: Props) {
  const t = useTexts('list');
  const [text, setText] = useState(q);
  const asked = useRef(q);
  const ask = useDebouncedCallback((wanted: string) => {
    asked.current = wanted.trim();
    onSearch(asked.current);
  }, TYPING);
  useEffect(() => {
    // The address was changed by something else than this field.
    if (q === asked.current) return;
    asked.current = q;
    setText(q);
  }, [q]);
  const put = (wanted: string) => {
    setText(wanted);
    ask(wanted);
  };
  return (
    <div className={classes.tools} role="search">
      <TextInput
        ref={field}
        className={classes.search}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        aria-label={t('search')}
        placeholder={t('search')}
        maxLength={QUESTION_MAX}
        value={text}
        leftSection={<IconSearch size={18} aria-hidden />}
        rightSection={text && <CloseButton aria-label={t('search_clear')} onClick={() => put('')} />}
        onChange={(event) => put(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') ask.flush();
          if (event.key !== 'Escape') return;
          put('');
          ask.flush();
          event.currentTarget.blur();
        }}
      />
      <Indicator label={filterCount} size={16} disabled={filterCount === 0} offset={4}>
        <ActionIcon
          size="input-sm"
          variant={isFiltering ? 'light' : 'default'}
          aria-label={filterCount ? t('filters_on', { count: filterCount }) : t('filters')}
          aria-expanded={isFiltering}
          onClick={onFilters}
        >
          <IconFilter size={18} aria-hidden />
        </ActionIcon>
      </Indicator>
    </div>
  );
}
