// Death at a named point (log/base/test_point.h), for tests that kill a child process.
#ifndef EVLOG_TESTS_SUPPORT_CRASH_POINT_H_
#define EVLOG_TESTS_SUPPORT_CRASH_POINT_H_

namespace evlog {

// Reads EVLOG_CRASH_AT=<name>:<count> and, when it is set, makes the process die by SIGKILL when
// its threads come to that point for the count-th time (from 1). Called once, at the start of the
// child. Aborts when the text is malformed or when the build has no test points: a crash test that
// cannot crash must not pass.
void InstallCrashPointFromEnv();

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_CRASH_POINT_H_
