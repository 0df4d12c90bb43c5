/** A problem document (RFC 9457) as the services answer it; `code` is stable. */
export interface Problem {
  code: string;
  title: string;
  status: number;
  [detail: string]: unknown;
}

/** A call that was refused or did not come through; then `code` is `offline` and `status` 0. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'Refusal';
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
  }
}

/** Make a refusal of whatever a call ended with. */
export function refusalOf(error: unknown, status: number): Refusal {
  if (error instanceof Refusal) return error;
  if (status > 0 && typeof error === 'object' && error !== null && 'code' in error) {
    return new Refusal({ title: '', ...error, code: String(error.code), status });
  }
  if (status > 0) return new Refusal({ code: 'unreadable_answer', title: 'Unreadable answer', status });
  return new Refusal({ code: 'offline', title: String(error), status: 0 });
}
