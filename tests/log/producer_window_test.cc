#include "log/producer_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "log/key_codec.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kNow = 1'700'000'000'000;

class ProducerWindowTest : public ::testing::Test {
 protected:
  IdempotenceAsk Id(std::string id) const {
    return {Idempotence::Kind::kId, std::move(id), 0, window_ms_, ids_max_};
  }
  static IdempotenceAsk Sequence(uint64_t sequence) {
    return {Idempotence::Kind::kSequence, "", sequence, 1, 1};
  }

  // The offset of the append that is repeated, or -1.
  int64_t Find(const IdempotenceAsk& ask, uint64_t now_ms = kNow) {
    const absl::StatusOr<std::shared_ptr<Original>> found = window_.Find(ask, now_ms);
    EXPECT_OK(found);
    return *found == nullptr ? -1 : static_cast<int64_t>((*found)->Result().offset);
  }
  // Remembers an append of the next offset; the ids whose rows go.
  std::vector<std::string> Add(const IdempotenceAsk& ask, uint64_t now_ms = kNow) {
    AppendResult result;
    result.first_id = result.last_id = {kNow, next_ + 1};
    result.count = 1;
    result.offset = next_++;
    std::vector<std::string> keys, ids;
    window_.Add(ask, now_ms, result, &keys);
    for (const std::string& key : keys) {
      const absl::StatusOr<IdempotenceKey> row = DecodeIdempotenceKey(key);
      EXPECT_OK(row);
      EXPECT_EQ(row->stream, StreamId(7));
      EXPECT_EQ(row->producer, "p");
      ids.emplace_back(row->id);
    }
    return ids;
  }

  uint64_t window_ms_ = 1000;
  uint32_t ids_max_ = 3;
  uint64_t next_ = 0;
  std::atomic<size_t> total_{0};
  ProducerWindow window_{StreamId(7), "p", &total_};
};

TEST_F(ProducerWindowTest, OfSequenceNumbersTheLastIsKnown) {
  EXPECT_EQ(Find(Sequence(0)), -1);
  Add(Sequence(0));
  EXPECT_EQ(Find(Sequence(0)), 0);
  EXPECT_EQ(Find(Sequence(5)), -1);
  Add(Sequence(5));
  EXPECT_EQ(Find(Sequence(5), kNow + 1'000'000'000), 1);  // however long ago
  EXPECT_EQ(Find(Sequence(6)), -1);
  EXPECT_THAT(window_.Find(Sequence(4), kNow),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("4 is below the last one, 5")));
  EXPECT_EQ(window_.last_sequence(), 5u);
  EXPECT_EQ(window_.ids(), 0u);
}

TEST_F(ProducerWindowTest, TheNewestIdsAreKnown) {
  for (const char* id : {"a", "b", "c"}) {
    EXPECT_EQ(Find(Id(id)), -1);
    EXPECT_THAT(Add(Id(id)), IsEmpty());
  }
  EXPECT_EQ(Find(Id("a")), 0);
  EXPECT_THAT(Add(Id("d")), ElementsAre("a"));
  EXPECT_EQ(Find(Id("a")), -1);
  EXPECT_EQ(Find(Id("b")), 1);
  EXPECT_EQ(Find(Id("d")), 3);
  EXPECT_EQ(window_.ids(), 3u);
}

TEST_F(ProducerWindowTest, IdsAreForgottenWithTime) {
  Add(Id("a"));
  Add(Id("b"), kNow + 500);
  EXPECT_EQ(Find(Id("a"), kNow + 999), 0);
  EXPECT_EQ(Find(Id("a"), kNow + 1000), -1);
  EXPECT_EQ(Find(Id("b"), kNow + 1499), 1);
  EXPECT_THAT(Add(Id("c"), kNow + 1200), ElementsAre("a"));
  EXPECT_THAT(Add(Id("d"), kNow + 9000), ElementsAre("b", "c"));
  EXPECT_EQ(window_.ids(), 1u);
}

TEST_F(ProducerWindowTest, AnIdThatIsForgottenMayComeAgain) {
  Add(Id("a"));
  EXPECT_EQ(Find(Id("a"), kNow + 1000), -1);
  // Its row is written anew, so it must not be deleted.
  EXPECT_THAT(Add(Id("a"), kNow + 1000), IsEmpty());
  EXPECT_EQ(Find(Id("a"), kNow + 1500), 1);
  ids_max_ = 1;
  EXPECT_THAT(Add(Id("b"), kNow + 1500), ElementsAre("a"));
  EXPECT_THAT(Add(Id("a"), kNow + 1500), ElementsAre("b"));
  EXPECT_EQ(Find(Id("a"), kNow + 1500), 3);
}

TEST_F(ProducerWindowTest, AShorterWindowHoldsAtOnce) {
  ids_max_ = 100;
  for (uint64_t i = 0; i < 10; ++i) Add(Id(std::to_string(i)), kNow + i);
  ids_max_ = 2;
  EXPECT_EQ(Find(Id("7")), -1);
  EXPECT_EQ(Find(Id("8")), 8);
  EXPECT_THAT(Add(Id("x"), kNow + 10), ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8"));
  ids_max_ = 100;
  window_ms_ = 5;
  EXPECT_EQ(Find(Id("9"), kNow + 13), 9);
  EXPECT_EQ(Find(Id("9"), kNow + 14), -1);
}

TEST_F(ProducerWindowTest, AClockThatStepsBackForgetsNothing) {
  Add(Id("a"), kNow);
  Add(Id("b"), kNow - 500);  // as old as "a"
  EXPECT_EQ(Find(Id("a"), kNow - 800), 0);
  EXPECT_EQ(Find(Id("b"), kNow + 999), 1);
  EXPECT_THAT(Add(Id("c"), kNow + 1000), ElementsAre("a", "b"));
}

TEST_F(ProducerWindowTest, KindsAreApart) {
  Add(Id("same"));
  IdempotenceAsk content = Id("same");
  content.kind = Idempotence::Kind::kContent;
  EXPECT_EQ(Find(content), -1);
  Add(content);
  Add(Sequence(1));
  EXPECT_EQ(Find(content), 1);
  EXPECT_EQ(Find(Id("same")), 0);
  EXPECT_EQ(Find(Sequence(1)), 2);
}

TEST_F(ProducerWindowTest, SaysWhatItTakes) {
  std::atomic<size_t> total{0};
  {
    ProducerWindow window(StreamId(1), "p", &total);
    const size_t empty = total;
    EXPECT_GT(empty, 0u);
    std::vector<std::string> deleted;
    ids_max_ = 1;
    AppendResult result;
    window.Add(Id("a"), kNow, result, &deleted);
    const size_t one = total;
    EXPECT_GT(one, empty);
    window.Add(Id("b"), kNow, result, &deleted);
    EXPECT_EQ(total, one);
  }
  EXPECT_EQ(total, 0u);
}

}  // namespace
}  // namespace evlog
