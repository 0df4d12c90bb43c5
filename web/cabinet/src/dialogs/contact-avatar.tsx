import { Avatar } from '@mantine/core';

import classes from './contact-avatar.module.css';
import { MessengerMark } from './messenger-mark';

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
  return (
    <span className={classes.avatar}>
      <Avatar name={name} color="initials" size={size} alt="" />
      <MessengerMark channel={channel} size={Math.round(size * 0.44)} className={classes.messenger} />
    </span>
  );
}
