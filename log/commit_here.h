// Committing on the thread that appended.
//
// An AppendAsync wakes the committer's thread, which wakes whoever waits for the answer: two
// changes of thread, several times what a small commit costs. A thread that has nothing to do but
// to wait for the answers may lead instead, as a blocking caller does.
#ifndef EVLOG_LOG_COMMIT_HERE_H_
#define EVLOG_LOG_COMMIT_HERE_H_

namespace evlog {

class Committer;

// While one lives, what this thread queues wakes nobody; at its end the thread commits it, with all
// else that waits, unless somebody has the lead: then that one does. Blocks for one commit. Not
// nested; for one log.
class CommitHere {
 public:
  CommitHere();
  ~CommitHere();
  CommitHere(const CommitHere&) = delete;
  CommitHere& operator=(const CommitHere&) = delete;

  // Of this thread: whether the committer's thread need not be woken for what was queued just now.
  static bool Takes(Committer* committer);
};

}  // namespace evlog

#endif  // EVLOG_LOG_COMMIT_HERE_H_
