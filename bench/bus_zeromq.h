// ZeroMQ's PUB and SUB over inproc as a bus (channel_work.h).
//
// XPUB_NODROP: a full queue makes the publisher wait, as ours does; by default it would drop. Each
// message is one frame that begins with its topic, the form that costs least. ZeroMQ has no call
// for a batch: it sends them one by one.
#ifndef EVLOG_BENCH_BUS_ZEROMQ_H_
#define EVLOG_BENCH_BUS_ZEROMQ_H_

#include <zmq.h>

#include <span>
#include <string_view>
#include <vector>

#include "bench/channel_work.h"
#include "log/base/status.h"

namespace evlog::bench {

class ZeroMqBus {
 public:
  explicit ZeroMqBus(const ChannelShape& shape) : shape_(shape), context_(zmq_ctx_new()) {}
  ~ZeroMqBus() {
    for (void* socket : subscribers_) zmq_close(socket);
    if (publisher_ != nullptr) zmq_close(publisher_);
    zmq_ctx_term(context_);
  }

  absl::Status Open() {
    constexpr const char* kAddress = "inproc://bench";
    publisher_ = zmq_socket(context_, ZMQ_XPUB);  // PUB that tells of subscriptions
    RETURN_IF_ERROR(Set(publisher_, ZMQ_SNDHWM, kHalf));
    RETURN_IF_ERROR(Set(publisher_, ZMQ_XPUB_NODROP, 1));
    RETURN_IF_ERROR(Set(publisher_, ZMQ_XPUB_VERBOSE, 1));
    if (zmq_bind(publisher_, kAddress) != 0) return LastError();
    for (int i = 0; i != shape_.subscribers; ++i) {
      void* const socket = zmq_socket(context_, ZMQ_SUB);
      subscribers_.push_back(socket);
      RETURN_IF_ERROR(Set(socket, ZMQ_RCVHWM, kHalf));
      if (zmq_setsockopt(socket, ZMQ_SUBSCRIBE, kBenchChannel.data(), kBenchChannel.size()) != 0 ||
          zmq_connect(socket, kAddress) != 0) {
        return LastError();
      }
      char subscription[64];
      if (zmq_recv(publisher_, subscription, sizeof subscription, 0) < 0) return LastError();
    }
    return absl::OkStatus();
  }

  absl::Status Publish(std::string_view payload) {
    return zmq_send(publisher_, payload.data(), payload.size(), 0) < 0 ? LastError()
                                                                       : absl::OkStatus();
  }
  absl::Status PublishBatch(std::span<const std::string_view> payloads) {
    for (const std::string_view payload : payloads) RETURN_IF_ERROR(Publish(payload));
    return absl::OkStatus();
  }

  template <typename F>
  size_t Read(int subscriber, const F& use) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    const bool received =
        zmq_msg_recv(&message, subscribers_[static_cast<size_t>(subscriber)], 0) >= 0;
    if (received) {
      use(std::string_view(static_cast<const char*>(zmq_msg_data(&message)),
                           zmq_msg_size(&message)));
    }
    zmq_msg_close(&message);
    return received ? 1 : 0;
  }

 private:
  // Over inproc the queue is as long as both ends' marks together.
  static constexpr int kHalf = kChannelQueueMessages / 2;

  static absl::Status LastError() { return absl::InternalError(zmq_strerror(zmq_errno())); }
  static absl::Status Set(void* socket, int option, int value) {
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0 ? absl::OkStatus()
                                                                     : LastError();
  }

  const ChannelShape shape_;
  void* const context_;
  void* publisher_ = nullptr;
  std::vector<void*> subscribers_;
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_BUS_ZEROMQ_H_
