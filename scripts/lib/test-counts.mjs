import { readFileSync } from 'node:fs';

const readReport = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Counts from vitest's JSON report. A file that fails without a failing test in it (it does not load, say) counts as
 * one failure, and so does a run that ends badly with nothing else to show for it.
 */
export const countTests = (reportPath, exitCode) => {
  const report = readReport(reportPath);
  const counts = { passed: report?.numPassedTests ?? 0, failed: report?.numFailedTests ?? 0 };
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  for (const { status, assertionResults } of report?.testResults ?? []) {
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) counts.failed += 1;
  }
  if (counts.failed === 0 && (exitCode !== 0 || counts.passed === 0)) counts.failed = 1;
  return { ...counts, skipped };
};
