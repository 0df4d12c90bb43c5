import { Avatar, VisuallyHidden } from '@mantine/core';
import { IconBrandVk, IconMessage } from '@tabler/icons-react';

import classes from './contact-avatar.module.css';

const MESSENGERS: Record<string, { name: string; Icon: typeof IconMessage }> = {
  vk: { name: 'ВКонтакте', Icon: IconBrandVk },
};

interface Props {
  name: string;
  channel: string;
  size?: number;
}

/**
 * A person of a messenger: initials and the messenger's mark. Their picture stays in the messenger, since the
 * cabinet asks no foreign host for anything.
 */
export function ContactAvatar({ name, channel, size = 40 }: Props) {
  const { name: messenger, Icon } = MESSENGERS[channel] ?? { name: channel, Icon: IconMessage };
  return (
    <span className={classes.avatar}>
      <Avatar name={name} color="initials" size={size} alt="" />
      <span className={classes.messenger} data-channel={channel}>
        <Icon size={Math.round(size * 0.36)} stroke={2} aria-hidden />
        <VisuallyHidden>{messenger}</VisuallyHidden>
      </span>
    </span>
  );
}
