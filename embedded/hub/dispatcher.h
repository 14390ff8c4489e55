// The threads that handlers without workers share.
#ifndef EVLOG_EMBEDDED_HUB_DISPATCHER_H_
#define EVLOG_EMBEDDED_HUB_DISPATCHER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "embedded/hub/crew.h"
#include "evlog/channels.h"
#include "log/base/mutex.h"

namespace evlog::internal {

class Subscriber;

// Thread-safe. A subscriber that has messages stands in line once; a thread takes it out, lets it
// handle some, and puts it at the end again when there are more. A watcher starts one more thread
// whenever the line has not moved for a while; it ends again once nothing waits.
class Dispatcher : public std::enable_shared_from_this<Dispatcher> {
 public:
  // `options` are complete and valid.
  Dispatcher(const ChannelsOptions& options, std::shared_ptr<Crew> crew)
      : options_(options), crew_(std::move(crew)) {}

  void Schedule(std::shared_ptr<Subscriber> subscriber) ABSL_LOCKS_EXCLUDED(mu_);
  // Forgets who stands in line and ends the threads; the crew joins them.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  // Whether the calling thread is one of any dispatcher's.
  static bool IsDispatching();

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void Watch() ABSL_LOCKS_EXCLUDED(mu_);
  void StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Waits() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !line_.empty() && waiting_ == woken_ && threads_ < options_.dispatchers_max;
  }
  void Await(absl::Time deadline, const std::function<bool()>& ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const ChannelsOptions options_;
  const std::shared_ptr<Crew> crew_;

  Mutex mu_;
  CondVar work_;
  std::condition_variable_any watch_;
  std::deque<std::shared_ptr<Subscriber>> line_ ABSL_GUARDED_BY(mu_);
  int threads_ ABSL_GUARDED_BY(mu_) = 0;
  int waiting_ ABSL_GUARDED_BY(mu_) = 0;        // threads that wait for work
  int woken_ ABSL_GUARDED_BY(mu_) = 0;          // of them, those that were told of some
  uint64_t moves_ ABSL_GUARDED_BY(mu_) = 0;     // how often one was taken out of the line
  bool watching_ ABSL_GUARDED_BY(mu_) = false;  // the watcher has been started
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_DISPATCHER_H_
