#include "log/producer_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "log/key_codec.h"
#include "tests/log/engine.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint64_t kNow = 1'700'000'000'000;

class ProducerWindowsTest : public ::testing::Test {
 protected:
  // Writes a row as a commit would.
  void Put(const IdempotenceKey& key, const IdempotenceRecord& record) {
    Row row{Family::kIdempotence, EncodeIdempotenceKey(key), std::string()};
    EncodeIdempotenceRecord(record, &*row.value);
    PutRaw(std::move(row));
  }
  void PutRaw(Row row) {
    Request request;
    request.rows.push_back(std::move(row));
    ASSERT_OK(engine_.committer().Run(&request));
  }
  void PutId(std::string_view producer, std::string_view id, uint64_t number) {
    Put({StreamId(1), producer, Idempotence::Kind::kId, id},
        {kNow, 0, {kNow, number}, {kNow, number}, 1, 0, number, 1});
  }
  static IdempotenceAsk Id(std::string id, uint32_t ids_max = 100) {
    return {Idempotence::Kind::kId, std::move(id), 0, 1000, ids_max};
  }
  static bool Knows(const ProducerWindow& window, const IdempotenceAsk& ask) {
    const absl::StatusOr<std::shared_ptr<Original>> found = window.Find(ask, kNow);
    EXPECT_OK(found);
    return *found != nullptr;
  }

  Engine engine_;
};

TEST_F(ProducerWindowsTest, ReadsWhatWasWritten) {
  // The order of keys is not that of age.
  PutId("p", "z", 1);
  PutId("p", "a", 2);
  PutId("p", "m", 3);
  PutId("pp", "q", 4);
  Put({StreamId(1), "p", Idempotence::Kind::kSequence, ""},
      {kNow, 77, {kNow, 5}, {kNow, 6}, 2, 0, 5, 9});
  ProducerWindows windows(&engine_.store(), size_t{1} << 20);
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> window, windows.Pin(StreamId(1), "p"));
  EXPECT_EQ(window->ids(), 3u);
  EXPECT_EQ(window->last_sequence(), 77u);
  EXPECT_TRUE(Knows(*window, Id("z")));
  EXPECT_FALSE(Knows(*window, Id("z", 2)));  // the oldest
  EXPECT_TRUE(Knows(*window, Id("a", 2)));
  EXPECT_FALSE(Knows(*window, Id("q")));
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<Original> last,
                       window->Find({Idempotence::Kind::kSequence, "", 77, 1, 1}, kNow));
  EXPECT_EQ(last->commit.load(), 9u);
  EXPECT_EQ(last->Result().last_id, (EntryId{kNow, 6}));
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> again, windows.Pin(StreamId(1), "p"));
  EXPECT_EQ(again, window);
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> other, windows.Pin(StreamId(2), "p"));
  EXPECT_EQ(other->ids(), 0u);
}

TEST_F(ProducerWindowsTest, ForgetsThoseThatNobodyHolds) {
  for (int i = 0; i < 50; ++i) PutId(std::to_string(i), "x", 1);
  ProducerWindows windows(&engine_.store(), 5000);
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> held, windows.Pin(StreamId(1), "0"));
  for (int i = 1; i < 50; ++i) ASSERT_OK(windows.Pin(StreamId(1), std::to_string(i)));
  EXPECT_LT(windows.size(), 20u);
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> again, windows.Pin(StreamId(1), "0"));
  EXPECT_EQ(again, held);
  // One that was forgotten is read again.
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> one, windows.Pin(StreamId(1), "1"));
  EXPECT_TRUE(Knows(*one, Id("x")));
}

TEST_F(ProducerWindowsTest, ReloadingForgetsWhatWasNotWritten) {
  PutId("p", "written", 1);
  ProducerWindows windows(&engine_.store(), size_t{1} << 20);
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> held, windows.Pin(StreamId(1), "p"));
  for (const char* producer : {"p", "q"}) {
    ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> window,
                         windows.Pin(StreamId(1), producer));
    AppendResult result;
    result.first_id = result.last_id = {kNow, 2};
    result.count = 1;
    std::vector<std::string> deleted;
    window->Add(Id("lost"), kNow, result, &deleted);
  }
  ASSERT_OK(windows.Reload());
  EXPECT_TRUE(Knows(*held, Id("written")));
  EXPECT_FALSE(Knows(*held, Id("lost")));
  EXPECT_EQ(windows.size(), 1u);
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<ProducerWindow> q, windows.Pin(StreamId(1), "q"));
  EXPECT_FALSE(Knows(*q, Id("lost")));
}

TEST_F(ProducerWindowsTest, DamagedRowsAreFound) {
  PutRaw({Family::kIdempotence,
          EncodeIdempotenceKey({StreamId(1), "p", Idempotence::Kind::kId, "x"}), "damaged"});
  ProducerWindows windows(&engine_.store(), size_t{1} << 20);
  EXPECT_THAT(windows.Pin(StreamId(1), "p"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(windows.Pin(StreamId(1), "p"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_OK(windows.Pin(StreamId(1), "q"));
}

}  // namespace
}  // namespace evlog
