const MESSENGERS: Record<string, string> = { vk: 'ВКонтакте' };

interface Props {
  channel: string;
  size: number;
  className?: string;
}

/** Which messenger a person writes from: a mark of our own drawing, named for those who hear the page. */
export function MessengerMark({ channel, size, className }: Props) {
  const isVk = channel === 'vk';
  return (
    <svg
      className={className}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      role="img"
      aria-label={MESSENGERS[channel] ?? channel}
    >
      <rect width="24" height="24" rx="7" fill={isVk ? '#07f' : '#6b7280'} />
      <path
        fill="none"
        stroke="#fff"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeLinejoin="round"
        d={isVk ? 'M4 8l3.6 8L11 8M14 8v8M19.6 8L14.4 12l5.4 4' : 'M6 7h12v8h-7l-4 3v-3H6z'}
      />
    </svg>
  );
}
