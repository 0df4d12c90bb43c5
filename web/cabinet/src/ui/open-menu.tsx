import { Menu } from '@mantine/core';
import { type ReactElement, type ReactNode, Suspense } from 'react';

import './styles';

interface Props {
  target: ReactElement;
  opened: boolean;
  onChange: (opened: boolean) => void;
  width: number;
  position: 'bottom-start' | 'top-start' | 'bottom-end' | 'top-end';
  children: ReactNode;
}

/** The menu itself; `LazyMenu` fetches it. */
export function OpenMenu({ target, opened, onChange, width, position, children }: Props) {
  return (
    <Menu opened={opened} onChange={onChange} width={width} position={position} shadow="md">
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        <Suspense>{children}</Suspense>
      </Menu.Dropdown>
    </Menu>
  );
}
