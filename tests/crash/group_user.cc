#include "tests/crash/group_user.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "log/base/status.h"
#include "tests/support/owned_entry.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr const char* kSpace = "billed";

uint64_t NumberOf(std::string_view text) { return std::stoull(std::string(text)); }

std::set<uint64_t> NumbersOf(const Deliveries& deliveries) {
  std::set<uint64_t> numbers;
  for (const Delivery& run : deliveries.runs) {
    for (const EntryView& entry : run.entries)
      numbers.insert(NumberOf(entry.fields.begin()->value));
  }
  return numbers;
}

absl::StatusOr<uint64_t> Count(EventLog& log) {
  ASSIGN_OR_RETURN(const auto state, log.GetState(kSpace, "count"));
  return state ? NumberOf(*state) : 0;
}

}  // namespace

absl::Status GroupUser::Start(EventLog* log) {
  log_ = log;
  handed_.clear();
  ASSIGN_OR_RETURN(work_, log->OpenStream("work", {.durability = Durability::kOs}));
  ASSIGN_OR_RETURN(bills_, log->OpenStream("bills", {.durability = Durability::kOs}));
  ASSIGN_OR_RETURN(group_, log->OpenGroup("work", "g", GroupOptions()));
  return absl::OkStatus();
}

absl::Status GroupUser::Step(Rng& rng) {
  const uint64_t draw = rng.Below(10);
  if (draw < 4) return Append();
  if (draw < 7 || handed_.empty()) return Read();
  return draw < 8 ? Ack() : Bill();
}

absl::Status GroupUser::Append() {
  const uint64_t n = next_++;
  RETURN_IF_ERROR(work_->Append({{"n", std::to_string(n)}}).status());
  appended_.insert(n);
  return absl::OkStatus();
}

absl::Status GroupUser::Read() {
  ASSIGN_OR_RETURN(Deliveries got, group_->Read("anna", {.count = 2}));
  if (!got.empty()) handed_.emplace_back(got.receipt, NumbersOf(got));
  return absl::OkStatus();
}

absl::Status GroupUser::Ack() {
  const Handed handed = std::move(handed_.front());
  handed_.pop_front();
  const absl::Status status = group_->Ack(handed.first).status();
  (status.ok() ? settled_ : unsettled_).insert(handed.second.begin(), handed.second.end());
  return status;
}

absl::Status GroupUser::Bill() {
  const Handed handed = std::move(handed_.front());
  handed_.pop_front();
  Transaction transaction;
  transaction.Ack(*group_, handed.first);
  for (const uint64_t n : handed.second) {
    RETURN_IF_ERROR(transaction.Append(*bills_, {{"n", std::to_string(n)}}));
  }
  absl::Status status;
  const absl::StatusOr<uint64_t> count = Count(*log_);
  if (count.ok()) {
    transaction.PutState(kSpace, "count", std::to_string(*count + handed.second.size()));
    status = log_->Commit(std::move(transaction)).status();
  } else {
    status = count.status();
  }
  (status.ok() ? settled_ : unsettled_).insert(handed.second.begin(), handed.second.end());
  if (status.ok()) billed_.insert(handed.second.begin(), handed.second.end());
  return status;
}

void GroupUser::Judge(EventLog& log) {
  ASSERT_OK(Start(&log));
  ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> work, ReadAll(log, {.stream = "work"}));
  std::map<EntryId, uint64_t> numbers;
  std::set<uint64_t> all;
  for (const OwnedEntry& entry : work) {
    numbers[entry.id] = NumberOf(entry.value("n"));
    EXPECT_TRUE(all.insert(NumberOf(entry.value("n"))).second) << "twice";
  }
  for (const uint64_t n : appended_) EXPECT_TRUE(all.contains(n)) << n << " is lost";

  ASSERT_OK_AND_ASSIGN(const std::vector<PendingEntry> listed, group_->ListPending());
  std::set<uint64_t> open;  // pending, or still to come
  for (const PendingEntry& entry : listed) open.insert(numbers.at(entry.id));
  while (true) {
    ASSERT_OK_AND_ASSIGN(Deliveries got, group_->Read("anna", {.count = 100}));
    if (got.empty()) break;
    const std::set<uint64_t> came = NumbersOf(got);
    open.insert(came.begin(), came.end());
    handed_.emplace_back(got.receipt, came);
  }
  for (const uint64_t n : settled_) EXPECT_FALSE(open.contains(n)) << n << " came again";
  for (const uint64_t n : all) {
    EXPECT_TRUE(open.contains(n) || settled_.contains(n) || unsettled_.contains(n))
        << n << " is not handed out any more";
  }

  ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> bills, ReadAll(log, {.stream = "bills"}));
  std::set<uint64_t> billed;
  for (const OwnedEntry& entry : bills) {
    const uint64_t n = NumberOf(entry.value("n"));
    EXPECT_TRUE(billed.insert(n).second) << n << " is billed twice";
    EXPECT_FALSE(open.contains(n)) << n << " is billed, and not acknowledged";
  }
  for (const uint64_t n : billed_) EXPECT_TRUE(billed.contains(n)) << n << " is not billed";
  ASSERT_OK_AND_ASSIGN(const uint64_t count, Count(log));
  EXPECT_EQ(count, billed.size());
  // What was unknown is known now.
  for (const uint64_t n : unsettled_) {
    if (!open.contains(n)) settled_.insert(n);
  }
  unsettled_.clear();
  billed_ = billed;
  next_ = all.empty() ? next_ : std::max(next_, *all.rbegin() + 1);
}

}  // namespace evlog
