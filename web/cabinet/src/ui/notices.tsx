import { Alert, Button, Center, Group, Loader, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { useProblemText } from '~/api';
import { addTexts, useTexts } from '~/i18n';

import { texts } from './texts';

addTexts('ui', texts);

/** Says that something is on its way. */
export function Loading({ label }: { label?: string }) {
  const t = useTexts('ui');
  return (
    <Center component="output" p="xl" aria-label={label ?? t('loading')}>
      <Loader size="sm" />
    </Center>
  );
}

/** Says what went wrong in words, with a way to try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useTexts('ui');
  const say = useProblemText();
  return (
    <Alert color="red" role="alert" m="md">
      <Group justify="space-between">
        <Text size="sm" className="wrapping">
          {say(error)}
        </Text>
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            {t('try_again')}
          </Button>
        )}
      </Group>
    </Alert>
  );
}

/** Says why a place is empty and what fills it. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs" maw={420} ta="center">
        <Text fw={600}>{title}</Text>
        {children && (
          <Text size="sm" c="dimmed">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}
