import { Button, Code, CopyButton, Group } from '@mantine/core';

import { useTexts } from '~/i18n';

/** A text with a button that copies it. */
export function Copyable({ text }: { text: string }) {
  const t = useTexts('settings');
  return (
    <Group gap="xs" wrap="nowrap" align="start">
      <Code block flex={1} className="wrapping" style={{ whiteSpace: 'pre-wrap' }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} aria-live="polite">
            {copied ? t('copied') : t('copy')}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
