// Each way in which a handler may be run.
#ifndef EVLOG_TESTS_EMBEDDED_HOW_H_
#define EVLOG_TESTS_EMBEDDED_HOW_H_

#include <utility>

#include "evlog/channels.h"

namespace evlog {

enum class How { kPooled, kOneWorker, kWorkers, kInline };
inline constexpr How kAllHows[] = {How::kPooled, How::kOneWorker, How::kWorkers, How::kInline};
inline constexpr int kManyWorkers = 3;

inline absl::StatusOr<Subscription> SubscribeBy(How how, Channels& channels, const Topic& topic,
                                                MessageHandler handler) {
  if (how == How::kInline) return channels.SubscribeInline(topic, std::move(handler));
  SubscribeOptions options;
  if (how == How::kOneWorker) options.workers = 1;
  if (how == How::kWorkers) options.workers = kManyWorkers;
  return channels.Subscribe(topic, options, std::move(handler));
}

}  // namespace evlog

#endif  // EVLOG_TESTS_EMBEDDED_HOW_H_
