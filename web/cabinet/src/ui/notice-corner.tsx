import { Notifications, showNotification } from '@mantine/notifications';
import { useEffect, useRef } from 'react';

import './styles';
import type { Notice } from './tell';

/** Shows each notice once. */
export function NoticeCorner({ notices }: { notices: Notice[] }) {
  const shown = useRef(0);
  useEffect(() => {
    for (const { message, tone } of notices.slice(shown.current)) {
      showNotification({ message, color: tone === 'bad' ? 'red' : 'teal' });
    }
    shown.current = notices.length;
  }, [notices]);
  return <Notifications position="bottom-right" limit={4} />;
}
