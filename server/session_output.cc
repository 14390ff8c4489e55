// Sending: once per turn, as much as the client takes; the rest when it takes more.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "server/session.h"

namespace evlog::server {

namespace {

constexpr size_t kKeptBytes = size_t{16} << 10;  // of an output buffer that is empty

ssize_t SendParts(int socket, iovec* parts, size_t count) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  if (count == 1) return send(socket, parts->iov_base, parts->iov_len, kFlags);  // mostly; quicker
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  return sendmsg(socket, &message, kFlags);
}

}  // namespace

size_t Session::unsent() const {
  const size_t messages = messages_ == nullptr ? 0 : messages_->size() - messages_sent_;
  return messages + replies_.out().size() - sent_ + replies_.held_bytes();
}

bool Session::Send() {
  std::string& out = replies_.out();
  for (;;) {
    iovec parts[2];
    size_t count = 0;
    if (messages_ != nullptr) {
      parts[count++] = {const_cast<char*>(messages_->data()) + messages_sent_,
                        messages_->size() - messages_sent_};
    }
    if (sent_ < out.size()) parts[count++] = {out.data() + sent_, out.size() - sent_};
    if (count == 0) return true;
    const ssize_t sent = SendParts(socket_.native_handle(), parts, count);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return false;
      Cut();
      return true;
    }
    core_->stats().output_bytes.fetch_add(static_cast<uint64_t>(sent), std::memory_order_relaxed);
    size_t left = static_cast<size_t>(sent);
    if (messages_ != nullptr) {
      const size_t of_messages = std::min(left, messages_->size() - messages_sent_);
      messages_sent_ += of_messages;
      left -= of_messages;
      if (messages_sent_ == messages_->size()) messages_.reset();
    }
    sent_ += left;
    if (sent_ == out.size()) {
      out.clear();
      sent_ = 0;
      if (out.capacity() > kKeptBytes) out.shrink_to_fit();
    }
  }
}

void Session::FlushNow() {
  flush_queued_ = false;
  if (closed_) return;
  if (!waiting_to_send_) {
    if (!Send()) {
      waiting_to_send_ = true;
      socket_.async_wait(asio::socket_base::wait_write,
                         [self = shared_from_this()](const std::error_code&) {
                           self->waiting_to_send_ = false;
                           // Also where Drain has cancelled the wait.
                           self->FlushNow();
                           self->RetireIfDone();
                         });
    }
    if (closed_) return;
  }
  const size_t waiting = unsent();
  client_->output_bytes.store(waiting, std::memory_order_relaxed);
  if (waiting > 0) return CheckOutput(core_->Now());
  over_soft_limit_since_.reset();
  CloseIfDone();
}

void Session::CloseIfDone() {
  if (!closing_ && !(ended_ && stall_ == Stall::kNone)) return;
  if (replies_.idle() && unsent() == 0) Cut();
}

void Session::CheckOutput(absl::Time now) {
  const OutputLimit limit = core_->settings().output_limit(client_->subscribed());
  const size_t waiting = unsent();
  bool cut = limit.hard_bytes != 0 && waiting > limit.hard_bytes;
  if (limit.soft_bytes != 0 && waiting > limit.soft_bytes) {
    if (!over_soft_limit_since_) over_soft_limit_since_ = now;
    cut = cut || now - *over_soft_limit_since_ > limit.soft_for;
  } else {
    over_soft_limit_since_.reset();
  }
  if (!cut) return;
  core_->stats().cut_by_output.fetch_add(1, std::memory_order_relaxed);
  core_->Warn(
      fmt::format("client {}: cut off: {} bytes wait to be sent to it", client_->address, waiting));
  Cut();
}

void Session::Deliver(const std::shared_ptr<const std::string>& messages) {
  if (closed_) return;
  if (messages_ == nullptr && replies_.out().empty()) {
    messages_ = messages;
    messages_sent_ = 0;
  } else {
    replies_.out().append(*messages);
  }
  if (std::exchange(flush_queued_, true)) return;
  thread_->FlushLater(this);
}

bool Session::Subscribe(Topic::Kind kind, std::string_view name) {
  if (closed_) return false;
  thread_->DeliverMessages();
  if (subscriptions_ == nullptr) subscriptions_ = std::make_unique<SubscriberTopics>();
  const absl::StatusOr<bool> added = thread_->topics().Add(kind, name, this, subscriptions_.get());
  if (!added.ok() || !*added) return false;
  std::atomic<uint32_t>* const counts[] = {&client_->channels, &client_->patterns,
                                           &client_->sharded};
  ++*counts[static_cast<size_t>(kind)];
  return true;
}

bool Session::Unsubscribe(Topic::Kind kind, std::string_view name) {
  if (closed_ || subscriptions_ == nullptr) return false;
  if (!thread_->topics().Remove(kind, name, this, subscriptions_.get())) return false;
  std::atomic<uint32_t>* const counts[] = {&client_->channels, &client_->patterns,
                                           &client_->sharded};
  --*counts[static_cast<size_t>(kind)];
  if (subscriptions_->empty()) subscriptions_.reset();
  return true;
}

std::vector<std::string> Session::Subscriptions(Topic::Kind kind) const {
  std::vector<std::string> names;
  if (subscriptions_ == nullptr) return names;
  for (const auto& [topic, place] : *subscriptions_) {
    if (topic->kind == kind) names.push_back(topic->name);
  }
  return names;
}

}  // namespace evlog::server
