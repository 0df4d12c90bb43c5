import { Outlet } from '@tanstack/react-router';

/** The list of dialogs beside the open one. */
export function DialogsPage() {
  return <Outlet />;
}
