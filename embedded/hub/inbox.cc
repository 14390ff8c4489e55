#include "embedded/hub/inbox.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "embedded/hub/block.h"

namespace evlog::internal {

Inbox::Inbox(uint64_t hub) : prefix_(fmt::format("_evlog.reply.{}.", hub)) {}

uint64_t Inbox::NextNumber() {
  MutexLock lock(mu_);
  return ++last_;
}

Inbox::Request::Request(Inbox* inbox)
    : inbox_(inbox),
      number_(inbox->NextNumber()),
      reply_to_(fmt::format("{}{}", inbox->prefix_, number_)) {
  MutexLock lock(inbox_->mu_);
  closed_ = inbox_->closed_;
  inbox_->waiting_.emplace(number_, this);
}

Inbox::Request::~Request() {
  MutexLock lock(inbox_->mu_);
  inbox_->waiting_.erase(number_);
}

absl::StatusOr<Message> Inbox::Request::Await(Clock* clock, absl::Time deadline,
                                              const std::stop_token& stop) {
  std::unique_lock<std::mutex> lock(mu_);
  clock->Await(lock, answered_, deadline, stop, [this] { return answer_.has_value() || closed_; });
  if (answer_) return *std::move(answer_);
  if (closed_) return absl::CancelledError("the channels are gone");
  if (stop.stop_requested()) return absl::CancelledError("stopped while waiting for an answer");
  return absl::DeadlineExceededError("no answer came in time");
}

bool Inbox::Deliver(std::string_view channel, std::string_view payload) {
  const std::string_view digits = channel.substr(prefix_.size());
  uint64_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ptr != digits.data() + digits.size()) return false;
  Message answer;
  Block* const block = Block::Make(channel, {}, {&payload, 1});
  MessageAccess::FillShared(block, 0, nullptr, &answer);
  block->Unref();
  // Held throughout: the request cannot go meanwhile.
  MutexLock lock(mu_);
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return false;
  Request* const request = found->second;
  const std::lock_guard<std::mutex> of_request(request->mu_);
  if (request->answer_) return false;
  request->answer_ = std::move(answer);
  request->answered_.notify_one();
  return true;
}

void Inbox::Close() {
  MutexLock lock(mu_);
  closed_ = true;
  for (const auto& [number, request] : waiting_) {
    const std::lock_guard<std::mutex> of_request(request->mu_);
    request->closed_ = true;
    request->answered_.notify_one();
  }
}

}  // namespace evlog::internal
