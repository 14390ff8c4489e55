// Requests that were begun on the io thread and are answered later, and those that wait.

#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>

#include "server/answer.h"
#include "server/session.h"

namespace evlog::server {

namespace {

// A timeout that nobody lives to see, and that the timer could not hold.
constexpr absl::Duration kForever = absl::Hours(24 * 365 * 10);

}  // namespace

void Answer::Reply(absl::AnyInvocable<void(RespWriter&)> write) const {
  thread_->PostJob([answer = *this, write = std::move(write)]() mutable {
    answer.session_->OnAnswered(*answer.row_, answer.slot_, std::move(write));
  });
}

void Answer::Wait(std::unique_ptr<Waiting> waiting) const {
  thread_->PostJob([answer = *this, waiting = std::move(waiting)]() mutable {
    answer.session_->OnWaits(*answer.row_, answer.slot_, std::move(waiting));
  });
}

bool Session::Begin(const CommandRow& row, absl::FunctionRef<bool(const Answer&)> begin) {
  thread_->appends().Join(turn_place_);
  if (!begin(Answer(thread_, this, &row, replies_.next()))) return false;
  TakeSlot();
  answered_later_ = true;
  ++under_way_;
  return true;
}

void Session::OnAnswered(const CommandRow& row, uint64_t slot,
                         absl::AnyInvocable<void(RespWriter&)> write) {
  --under_way_;
  if (closed_) return RetireIfDone();
  storage_busy_ = false;
  replies_.Complete(slot, [&](RespWriter& reply) {
    const size_t mark = reply.Mark();
    write(reply);
    CountIfError(reply.Since(mark), row, core_);
  });
  AfterReply();
}

void Session::OnWaits(const CommandRow& row, uint64_t slot, std::unique_ptr<Waiting> waiting) {
  --under_way_;
  if (closed_) return RetireIfDone();
  if (!ended_) {
    WaitFor(row, std::move(waiting), slot);
    return SendLater();
  }
  // Nobody waits on behalf of one who has gone; there is nothing to tell it either.
  waiting.reset();
  storage_busy_ = false;
  replies_.Complete(slot, [](RespWriter&) {});
  AfterReply();
}

void Session::WaitFor(const CommandRow& row, std::unique_ptr<Waiting> waiting, uint64_t slot) {
  ++under_way_;
  auto blocked = std::make_shared<BlockedClient>(
      &core_->pool(), thread_, &core_->blocked_by_names(), &core_->exec_gate(), std::move(waiting),
      client_->protocol, [this](const std::string& reply) {
        --under_way_;
        if (closed_) return RetireIfDone();
        EndWaiting([&reply](RespWriter& out) { out.out()->append(reply); });
      });
  block_.reset(new Block{blocked, &row, slot, asio::steady_timer(thread_->context())});
  client_->blocked = true;
  core_->stats().blocked.fetch_add(1, std::memory_order_relaxed);
  if (blocked->timeout() < kForever) {
    block_->timer.expires_after(absl::ToChronoMilliseconds(blocked->timeout()));
    block_->timer.async_wait([self = shared_from_this(), slot](const std::error_code& error) {
      if (error || self->block_ == nullptr || self->block_->slot != slot) return;
      self->Unblock(/*with_error=*/false);
    });
  }
  blocked->Notify();
}

void Session::Unblock(bool with_error) {
  if (block_ == nullptr) return;
  std::string reply;
  RespWriter writer(&reply, client_->protocol);
  if (with_error) {
    writer.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  } else {
    block_->client->WriteTimeout(writer);
  }
  if (!block_->client->Claim(reply)) return;
  --under_way_;
  EndWaiting([&reply](RespWriter& out) { out.out()->append(reply); });
}

void Session::StopWaiting() {
  if (block_ == nullptr || !block_->client->Claim()) return;  // or else it is looking
  --under_way_;
  EndWaiting([](RespWriter&) {});
}

void Session::EndWaiting(const std::function<void(RespWriter&)>& write) {
  const uint64_t slot = block_->slot;
  const CommandRow& row = *block_->row;
  block_.reset();
  client_->blocked = false;
  core_->stats().blocked.fetch_sub(1, std::memory_order_relaxed);
  storage_busy_ = false;
  replies_.Complete(slot, [&](RespWriter& reply) {
    const size_t mark = reply.Mark();
    write(reply);
    CountIfError(reply.Since(mark), row, core_);
  });
  AfterReply();
}

}  // namespace evlog::server
