// The channels of a log and its routes, shared by all databases of it.
#ifndef EVLOG_EMBEDDED_LOG_CHANNELS_H_
#define EVLOG_EMBEDDED_LOG_CHANNELS_H_

#include <memory>
#include <utility>

#include "embedded/hub/hub.h"
#include "embedded/router.h"
#include "evlog/channels.h"
#include "log/log.h"

namespace evlog {

class LogChannels {
 public:
  explicit LogChannels(std::shared_ptr<Log> log)
      : channels_(With(*log)), router_(std::move(log), &channels_.hub_->table()) {}

  Channels& channels() { return channels_; }
  Router& router() { return router_; }

 private:
  static ChannelsOptions With(const Log& log) {
    ChannelsOptions options;
    options.clock = log.clock();
    options.metrics = log.metrics();
    return options;
  }

  Channels channels_;
  Router router_;
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_LOG_CHANNELS_H_
