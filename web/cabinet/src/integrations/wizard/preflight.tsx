import { Button, Group, Skeleton, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconHelpCircle } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';

import {
  call,
  type VkGatewayOfferedCommunity,
  vkGatewayCheckCommunity,
  vkGatewaySwitchOnMessages,
} from '~/api';
import { useTexts } from '~/i18n';
import { Failure } from '~/ui/notices';

import { useIntegrationTexts, wordsOf } from '../codes';
import classes from '../integrations.module.css';

const SIGNS = {
  passed: { Icon: IconCircleCheck, colour: 'var(--mantine-color-teal-7)' },
  failed: { Icon: IconCircleX, colour: 'var(--mantine-color-error)' },
  warning: { Icon: IconAlertTriangle, colour: 'var(--mantine-color-orange-7)' },
  unknown: { Icon: IconHelpCircle, colour: 'var(--mantine-color-dimmed)' },
};

interface Props {
  connectionId: string;
  community: VkGatewayOfferedCommunity;
}

/** The live checklist of one community before it is saved. */
export function Preflight({ connectionId, community }: Props) {
  const t = useTexts('wizard');
  const say = useIntegrationTexts();
  const path = { connection_id: connectionId, community_id: community.community_id };
  const checks = useQuery({
    queryKey: ['preflight', connectionId, community.community_id],
    queryFn: () => call(vkGatewayCheckCommunity({ path })),
    staleTime: Infinity,
  });
  const switchOn = useMutation({
    mutationFn: () => call(vkGatewaySwitchOnMessages({ path, body: { enabled: true } })),
    onSuccess: () => checks.refetch(),
  });
  if (checks.isPending) return <Skeleton height={140} mt="xs" />;
  if (!checks.data) return <Failure error={checks.error} onRetry={() => checks.refetch()} />;
  const messages = checks.data.items.find((one) => one.check === 'messages');
  return (
    <>
      <ul className={classes.checks}>
        {checks.data.items.map((one) => {
          const { Icon, colour } = SIGNS[one.state];
          return (
            <li key={one.check}>
              <Icon size={18} color={colour} aria-hidden />
              <Text size="sm" className="wrapping" component="div">
                {t(`check.${one.check}`)}: {t(`check_states.${one.state}`)}
                {one.cause && ` — ${wordsOf(say, 'causes', one.cause)}`}
                {one.details.length > 0 && ` (${one.details.join(', ')})`}
                {one.cure && one.state !== 'passed' && (
                  <Text size="sm" c="dimmed">
                    {wordsOf(say, 'cures', one.cure)}
                  </Text>
                )}
              </Text>
            </li>
          );
        })}
      </ul>
      {switchOn.isError && <Failure error={switchOn.error} />}
      <Group gap="xs" mt="xs">
        {messages && messages.state !== 'passed' && (
          <Button size="compact-sm" loading={switchOn.isPending} onClick={() => switchOn.mutate()}>
            {t('switch_on')}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          loading={checks.isFetching}
          onClick={() => checks.refetch()}
        >
          {t('check_again')}
        </Button>
      </Group>
    </>
  );
}
