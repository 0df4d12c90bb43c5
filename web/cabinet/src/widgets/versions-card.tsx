import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';

import { call, widgetConfigRestoreVersion, type WidgetConfigWidgetOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Failure } from '~/ui/notices';
import { tell } from '~/ui/tell';

import { versionsQuery } from './queries';

interface Props {
  widget: WidgetConfigWidgetOut;
  mayRestore: boolean;
  onRestored: (widget: WidgetConfigWidgetOut) => Promise<void>;
}

/** What was published, when and by whom; any of it can be brought back. */
export function VersionsCard({ widget, mayRestore, onRestored }: Props) {
  const t = useTexts('widgets');
  const formats = useFormats();
  const versions = useInfiniteQuery(versionsQuery(widget.id));
  const restore = useMutation({
    mutationFn: (number: number) =>
      call(widgetConfigRestoreVersion({ path: { widget_id: widget.id, number } })),
    onSuccess: async (after, number) => {
      await onRestored(after);
      tell(t('restored', { number }));
    },
  });
  return (
    <Card withBorder component="section">
      <Stack gap="xs">
        <Title order={2} size="h4">
          {t('versions')}
        </Title>
        {versions.isError && <Failure error={versions.error} onRetry={() => versions.refetch()} />}
        {restore.isError && <Failure error={restore.error} />}
        {versions.data?.pages
          .flatMap((page) => page.items)
          .map((version) => (
            <Group key={version.number} justify="space-between" gap="xs">
              <Text size="sm" className="wrapping">
                {t('version', { number: version.number })} · {formats.full(version.published_at)}
                {version.by?.name && ` · ${version.by.name}`}
              </Text>
              {version.number === widget.published_number ? (
                <Badge variant="default" tt="none">
                  {t('version_current')}
                </Badge>
              ) : (
                mayRestore && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={`${t('restore')}: ${t('version', { number: version.number })}`}
                    loading={restore.isPending && restore.variables === version.number}
                    onClick={() => restore.mutate(version.number)}
                  >
                    {t('restore')}
                  </Button>
                )
              )}
            </Group>
          ))}
        {versions.hasNextPage && (
          <Button
            variant="subtle"
            loading={versions.isFetchingNextPage}
            onClick={() => versions.fetchNextPage()}
          >
            {t('more')}
          </Button>
        )}
      </Stack>
    </Card>
  );
}
