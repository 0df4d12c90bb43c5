import { Modal } from '@mantine/core';

import { useTexts } from '~/i18n';

import { NotifySettings } from './notify-settings';

/** The settings of notices, over the page. */
export function NotifyPanel({ onClose }: { onClose: () => void }) {
  const t = useTexts('feed');
  return (
    <Modal opened onClose={onClose} title={t('notices')} closeButtonProps={{ 'aria-label': t('close') }}>
      <NotifySettings />
    </Modal>
  );
}
