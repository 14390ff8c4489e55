// SIGINT and SIGTERM as a stop_token, so that a command ends in order.
#ifndef EVLOG_CLI_INTERRUPT_H_
#define EVLOG_CLI_INTERRUPT_H_

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>

#include "absl/status/statusor.h"

namespace evlog::cli {

// Takes both signals on a thread of its own, by a signalfd: no code runs in a signal handler. The
// first one asks to stop, a second one ends the process at once (130). A SIGINT that the parent
// ignores (a shell's background job) stays ignored. SIGPIPE is ignored from here on.
class Interrupt {
 public:
  // Call before any other thread starts: threads inherit the blocked signals. Once per process.
  static absl::StatusOr<std::unique_ptr<Interrupt>> Start();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Asked to stop: by a signal, or by the end of a watched output.
  std::stop_token token() const { return stop_.get_token(); }
  // Whether a signal came.
  bool signalled() const { return signalled_.load(); }
  // Becomes readable when it is asked to stop.
  int wake_fd() const { return wake_fd_; }

  // Also stops when nobody reads this pipe any more, so that a follower without news does not
  // outlive the `head` it fed.
  void WatchOutput(int fd);

 private:
  Interrupt(int signal_fd, int wake_fd, int control_fd);
  void Run();

  const int signal_fd_;
  const int wake_fd_;     // written when asked to stop
  const int control_fd_;  // written to have the thread look at the fields below
  std::atomic<bool> ending_ = false;
  std::atomic<bool> signalled_ = false;
  std::atomic<int> output_fd_ = -1;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_INTERRUPT_H_
