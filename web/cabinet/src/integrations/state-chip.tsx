import { Badge } from '@mantine/core';

import type { IntegrationsState } from '~/api';

import { useIntegrationTexts } from './codes';

const COLOURS: Record<IntegrationsState, string> = {
  connecting: 'blue',
  active: 'teal',
  attention: 'yellow',
  unavailable: 'orange',
  deactivated: 'red',
  deleted: 'gray',
};

/** How an integration is doing, in a word and a colour. */
export function StateChip({ state }: { state: IntegrationsState }) {
  const t = useIntegrationTexts();
  return (
    <Badge color={COLOURS[state]} variant="light" tt="none" c="var(--mantine-color-text)" miw="fit-content">
      {t(`states.${state}`)}
    </Badge>
  );
}
