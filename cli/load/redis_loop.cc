#include "cli/load/redis_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr int kEventsMax = 64;
// What else than a client an event is of.
constexpr uint64_t kWoken = UINT64_MAX;
constexpr uint64_t kDue = UINT64_MAX - 1;

class RedisLoop : public LoadWorker {
 public:
  RedisLoop(LoadContext* context, LoadClients clients, bool producing)
      : context_(context),
        recorder_(context->AddRecorder()),
        producing_(producing),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        wake_(eventfd(0, EFD_CLOEXEC)),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
        all_(context->all.get_token()) {
    for (std::unique_ptr<LoadClient>& client : clients) {
      slots_.push_back({std::move(client), kNever, false});
    }
    active_ = slots_.size();
    Watch(EPOLL_CTL_ADD, wake_, EPOLLIN, kWoken);
    Watch(EPOLL_CTL_ADD, timer_, EPOLLIN, kDue);
    for (size_t i = 0; i != slots_.size(); ++i) {
      Watch(EPOLL_CTL_ADD, slots_[i].client->pipe().fd(), EPOLLIN, i);
    }
  }
  ~RedisLoop() override {
    for (const int fd : {epoll_, wake_, timer_}) close(fd);
  }

  void Run() override {
    const auto wake = [this] {
      const uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
    };
    const std::stop_callback all(all_, wake);
    std::optional<std::stop_callback<decltype(wake)>> producing;
    if (producing_) producing.emplace(context_->producing.get_token(), wake);
    StepAll();
    epoll_event events[kEventsMax];
    while (active_ != 0 && !all_.stop_requested()) {
      const int ready = epoll_wait(epoll_, events, kEventsMax, -1);
      if (ready < 0 && errno != EINTR) {
        recorder_->RecordError(std::string("epoll: ") + std::strerror(errno));
        break;
      }
      for (int i = 0; i < ready; ++i) Handle(events[i]);
      ArmTimer();
    }
    if (context_->gave_up) RecordUnanswered();
  }

 private:
  struct Slot {
    std::unique_ptr<LoadClient> client;  // null: it has ended
    Nanos due;                           // when it wants to be asked again
    bool blocked;                        // the system did not take all that it sends
  };

  void Watch(int operation, int fd, uint32_t what, uint64_t whose) const {
    epoll_event event{};
    event.events = what;
    event.data.u64 = whose;
    epoll_ctl(epoll_, operation, fd, &event);
  }

  bool ending() const { return producing_ && context_->producing.stop_requested(); }

  void Handle(const epoll_event& event) {
    if (event.data.u64 == kWoken || event.data.u64 == kDue) {
      uint64_t count;
      const int fd = event.data.u64 == kWoken ? wake_ : timer_;
      [[maybe_unused]] const ssize_t got = read(fd, &count, sizeof count);
      if (event.data.u64 == kDue) armed_ = kNever;
      return StepAll();
    }
    Slot& slot = slots_[event.data.u64];
    if (slot.client == nullptr) return;
    if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) {
      const absl::Status status = slot.client->pipe().Read();
      const Nanos now = context_->Now();
      slot.client->Note(recorder_, now);
      if (!status.ok()) return Lost(slot, status);
      return Step(slot, event.data.u64, now);
    }
    Step(slot, event.data.u64, context_->Now());
  }

  void StepAll() {
    const Nanos now = context_->Now();
    for (size_t i = 0; i != slots_.size(); ++i) {
      if (slots_[i].client != nullptr) Step(slots_[i], i, now);
    }
    ArmTimer();
  }

  // Lets the client send what is due.
  void Step(Slot& slot, uint64_t index, Nanos now) {
    LoadClient& client = *slot.client;
    slot.due = client.Ask(now, ending());
    if (client.done()) return End(slot);
    if (!client.pipe().unsent()) return;
    const absl::Status status = client.pipe().Write();
    if (!status.ok()) return Lost(slot, status);
    if (client.pipe().unsent() == slot.blocked) return;
    slot.blocked = client.pipe().unsent();
    const uint32_t what = slot.blocked ? EPOLLIN | EPOLLOUT : EPOLLIN;
    Watch(EPOLL_CTL_MOD, client.pipe().fd(), what, index);
  }

  void RecordUnanswered() {
    for (const Slot& slot : slots_) {
      const uint64_t requests = slot.client == nullptr ? 0 : slot.client->under_way();
      if (requests != 0) recorder_->RecordError("no answer", requests);
    }
  }

  void Lost(Slot& slot, const absl::Status& status) {
    recorder_->RecordError("lost connection: " + MessageOf(status));
    End(slot);
  }

  void End(Slot& slot) {
    Watch(EPOLL_CTL_DEL, slot.client->pipe().fd(), 0, 0);
    slot.client.reset();
    slot.due = kNever;
    --active_;
  }

  // So that it wakes when the first of the clients is due.
  void ArmTimer() {
    if (context_->shape.rate == 0) return;
    Nanos due = kNever;
    for (const Slot& slot : slots_) due = std::min(due, slot.due);
    if (due == armed_) return;
    armed_ = due;
    itimerspec when{};  // of zeros: never
    if (due != kNever) {
      const Nanos left = std::max<Nanos>(due - context_->Now(), 1);
      when.it_value.tv_sec = left / 1'000'000'000;
      when.it_value.tv_nsec = left % 1'000'000'000;
    }
    timerfd_settime(timer_, 0, &when, nullptr);
  }

  LoadContext* const context_;
  Recorder* const recorder_;
  const bool producing_;
  const int epoll_;
  const int wake_;
  const int timer_;
  const std::stop_token all_;
  std::vector<Slot> slots_;
  size_t active_ = 0;
  Nanos armed_ = kNever;
};

}  // namespace

std::unique_ptr<LoadWorker> MakeRedisLoop(LoadContext* context, LoadClients clients,
                                          bool producing) {
  return std::make_unique<RedisLoop>(context, std::move(clients), producing);
}

}  // namespace evlog::cli
