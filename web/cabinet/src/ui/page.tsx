import { Container, Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

interface Props {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  size?: string;
}

/** A page with a heading, what it is for, and its actions. Names the browser's tab, too. */
export function Page({ title, about, actions, children, size = 'lg' }: Props) {
  useEffect(() => {
    document.title = `${title} · Отклик`;
  }, [title]);
  return (
    <Container size={size} py="md" px={{ base: 'sm', sm: 'md' }} w="100%">
      <Group justify="space-between" mb="md" gap="sm">
        <div>
          <Title order={1} size="h2" className="wrapping">
            {title}
          </Title>
          {about && (
            <Text c="dimmed" size="sm">
              {about}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Container>
  );
}
