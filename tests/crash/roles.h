// What the processes do that a crash test starts and kills.
#ifndef EVLOG_TESTS_CRASH_ROLES_H_
#define EVLOG_TESTS_CRASH_ROLES_H_

#include <cstddef>

namespace evlog {

// When the arguments are those of a child, plays its part and does not return.
//   --writer DIRECTORY SEED MEMTABLE_BYTES CALLS NEXT... DESCRIPTOR   appends with all producers
//   --publisher DIRECTORY SEED MEMTABLE_BYTES CALLS NEXT... DESCRIPTOR  publishes to routes
//   --projector DIRECTORY MEMTABLE_BYTES SEED CALLS VERSION DESCRIPTOR  appends, and projects
//   --owner DIRECTORY MEMTABLE_BYTES CALLS DESCRIPTOR                 keeps its files moving
//   --backer DIRECTORY TARGET DESCRIPTOR                              adds a backup
//   --restorer TARGET DIRECTORY DESCRIPTOR                            restores the newest
//   --opener DIRECTORY MEMTABLE_BYTES DESCRIPTOR                      opens and closes
void PlayRole(int argc, char** argv);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_ROLES_H_
