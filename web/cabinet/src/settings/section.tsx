import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { useTexts } from '~/i18n';
import { Failure } from '~/ui/notices';

/** What a section is for, its main action, and its content. */
export function Section({
  about,
  action,
  children,
}: {
  about: string;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Stack>
      <Group justify="space-between" align="start">
        <Text size="sm" c="dimmed" maw={560}>
          {about}
        </Text>
        {action}
      </Group>
      {children}
    </Stack>
  );
}

interface QuestionProps {
  title: string;
  about?: string;
  confirm: string;
  error?: unknown;
  isBusy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is taken away for good. */
export function Question({ title, about, confirm, error, isBusy, onConfirm, onClose }: QuestionProps) {
  const t = useTexts('settings');
  return (
    <Modal opened onClose={onClose} title={title}>
      <Stack>
        {about && <Text size="sm">{about}</Text>}
        {error !== undefined && error !== null && <Failure error={error} />}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button color="red" loading={isBusy} onClick={onConfirm}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
