#include "log/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Keys = std::vector<std::string>;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, Store::Open(temp_.Path("log"), options_, {}));
    store_->Attach(&batch_);
    commit_ = store_->last_commit();
  }
  void Begin() { batch_.Begin({MarkKind::kCommit, ++commit_, 0}); }
  void Put(Family family, std::string_view key, std::string_view value) {
    Begin();
    batch_.Put(family, key, value);
    ASSERT_OK(store_->Write(batch_));
  }
  // From the key on, in the direction given.
  Keys Walk(StoreIterator rows, std::optional<std::string> from = {}, bool backward = false) {
    if (backward) {
      from ? rows.SeekForPrev(*from) : rows.SeekToLast();
    } else {
      from ? rows.Seek(*from) : rows.SeekToFirst();
    }
    Keys keys;
    for (; rows.Valid(); backward ? rows.Prev() : rows.Next()) keys.emplace_back(rows.key());
    EXPECT_OK(rows.status());
    return keys;
  }

  const TempDir temp_;
  StoreOptions options_;
  std::unique_ptr<Store> store_;
  StoreBatch batch_;
  uint64_t commit_ = 0;
};

TEST_F(StoreTest, GetsWhatWasPut) {
  EXPECT_THAT(store_->Get(Family::kState, "a"), IsOkAndHolds(std::nullopt));
  Put(Family::kState, "a", "1");
  Put(Family::kState, "a", "2");
  Put(Family::kGroups, "a", "other");
  Put(Family::kState, "", "empty key");
  Put(Family::kState, "empty value", "");
  EXPECT_THAT(store_->Get(Family::kState, "a"), IsOkAndHolds("2"));
  EXPECT_THAT(store_->Get(Family::kGroups, "a"), IsOkAndHolds("other"));
  EXPECT_THAT(store_->Get(Family::kState, ""), IsOkAndHolds("empty key"));
  EXPECT_THAT(store_->Get(Family::kState, "empty value"), IsOkAndHolds(""));
  Begin();
  batch_.Delete(Family::kState, "a");
  ASSERT_OK(store_->Write(batch_));
  EXPECT_THAT(store_->Get(Family::kState, "a"), IsOkAndHolds(std::nullopt));
}

TEST_F(StoreTest, EveryFamilyIsThere) {
  const std::string key(EncodeLogKey({9, 0}).view());  // the one family whose keys opening reads
  for (size_t i = 0; i < kFamilies; ++i) {
    Put(static_cast<Family>(i), key, FamilyName(static_cast<Family>(i)));
  }
  Open();
  for (size_t i = 0; i < kFamilies; ++i) {
    EXPECT_THAT(store_->Get(static_cast<Family>(i), key),
                IsOkAndHolds(FamilyName(static_cast<Family>(i))));
  }
}

TEST_F(StoreTest, ScansKeepToTheirRange) {
  for (const char* key : {"a", "b", "ba", "c", "d"}) Put(Family::kState, key, "v");
  const auto scan = [&] { return store_->Scan(Family::kState, {"b", "d"}); };
  EXPECT_THAT(Walk(scan()), ElementsAre("b", "ba", "c"));
  EXPECT_THAT(Walk(scan(), {}, true), ElementsAre("c", "ba", "b"));
  EXPECT_THAT(Walk(scan(), "bb"), ElementsAre("c"));
  EXPECT_THAT(Walk(scan(), "bb", true), ElementsAre("ba", "b"));
  EXPECT_THAT(Walk(scan(), "a"), ElementsAre("b", "ba", "c"));  // below the range
  EXPECT_THAT(Walk(scan(), "a", true), IsEmpty());
  EXPECT_THAT(Walk(scan(), "z"), IsEmpty());
  EXPECT_THAT(Walk(scan(), "z", true), ElementsAre("c", "ba", "b"));
  EXPECT_THAT(Walk(store_->ScanAll(Family::kState)), ElementsAre("a", "b", "ba", "c", "d"));
  EXPECT_THAT(Walk(store_->Scan(Family::kState, {"b", ""})), ElementsAre("b", "ba", "c", "d"));
  EXPECT_THAT(Walk(store_->Scan(Family::kState, {"", "b"})), ElementsAre("a"));
  EXPECT_THAT(Walk(store_->Scan(Family::kState, {"x", "y"})), IsEmpty());
  EXPECT_THAT(Walk(store_->Scan(Family::kState, {"b", "d"}, {.bulk = true})),
              ElementsAre("b", "ba", "c"));
}

// Against a map, over restarts, with memtables so small that rows are in tables as well.
TEST_F(StoreTest, AgreesWithAMap) {
  options_.memtable_bytes = 64 << 10;
  Open();
  Rng rng(TestSeed(12));
  std::map<std::string, std::string> wanted;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 300; ++i) {
      Begin();
      for (int j = 0; j < 5; ++j) {
        const std::string key = rng.Bytes(1 + rng.Below(2));
        if (rng.Percent(80)) {
          wanted[key] = rng.Bytes(rng.Skewed(9));
          batch_.Put(Family::kState, key, wanted[key]);
        } else {
          wanted.erase(key);
          batch_.Delete(Family::kState, key);
        }
      }
      batch_.Put(Family::kLog, EncodeLogKey({commit_, 0}).view(), "row");
      ASSERT_OK(store_->Write(batch_));
    }
    if (round % 2 == 0) {
      Open();
    } else {
      ASSERT_OK(store_->Reopen());
    }
    EXPECT_EQ(store_->last_commit(), commit_);
    Keys keys;
    for (const auto& [key, value] : wanted) {
      keys.push_back(key);
      EXPECT_THAT(store_->Get(Family::kState, key), IsOkAndHolds(value));
    }
    EXPECT_EQ(Walk(store_->ScanAll(Family::kState)), keys);
  }
  EXPECT_OK(store_->VerifyChecksums());
}

TEST_F(StoreTest, AnIteratorSeesOneState) {
  Put(Family::kState, "a", "1");
  StoreIterator rows = store_->ScanAll(Family::kState);
  Put(Family::kState, "b", "2");
  EXPECT_THAT(Walk(std::move(rows)), ElementsAre("a"));
  EXPECT_THAT(Walk(store_->ScanAll(Family::kState)), ElementsAre("a", "b"));
}

// Reopening waits for iterators, and readers for the reopening.
TEST_F(StoreTest, ReadersBesideAReopening) {
  for (int i = 0; i < 100; ++i) Put(Family::kState, std::to_string(100 + i), "v");
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        EXPECT_EQ(Walk(store_->ScanAll(Family::kState)).size(), 100u);
        EXPECT_THAT(store_->Get(Family::kState, "150"), IsOkAndHolds("v"));
      }
    });
  }
  for (int i = 0; i < 5; ++i) EXPECT_OK(store_->Reopen());
  stop = true;
  for (std::thread& reader : readers) reader.join();
  Put(Family::kState, "after", "v");  // the batch is still attached
  EXPECT_THAT(store_->Get(Family::kState, "after"), IsOkAndHolds("v"));
}

TEST_F(StoreTest, TheLogIdStays) {
  const uint64_t id = store_->log_id();
  EXPECT_NE(id, 0u);
  EXPECT_EQ(store_->last_commit(), 1u);  // the commit that named it
  Open();
  EXPECT_EQ(store_->log_id(), id);
  EXPECT_EQ(store_->last_commit(), 1u);
  const TempDir other;
  ASSERT_OK_AND_ASSIGN(const auto another, Store::Open(other.Path("log"), {}, {}));
  EXPECT_NE(another->log_id(), id);
}

TEST_F(StoreTest, AReadOnlyStoreFollowsItsOwner) {
  Put(Family::kState, "a", "1");
  StoreOptions read_only;
  read_only.read_only = true;
  ASSERT_OK_AND_ASSIGN(const auto follower, Store::Open(temp_.Path("log"), read_only, {}));
  EXPECT_TRUE(follower->read_only());
  EXPECT_THAT(follower->Get(Family::kState, "a"), IsOkAndHolds("1"));
  for (int i = 0; i < 5; ++i) {
    const std::string value = std::to_string(i);
    Put(Family::kState, "b", value);
    ASSERT_OK(follower->CatchUp());
    EXPECT_THAT(follower->Get(Family::kState, "b"), IsOkAndHolds(value));
    if (i == 2) Open();  // the owner starts anew
  }
  store_.reset();
  EXPECT_OK(follower->CatchUp());
  EXPECT_THAT(follower->Get(Family::kState, "b"), IsOkAndHolds("4"));
}

TEST_F(StoreTest, AnIteratorGetsOtherRows) {
  Put(Family::kState, "a", "1");
  Put(Family::kNames, "n", "2");
  {
    StoreIterator rows = store_->ScanAll(Family::kState);
    rows.SeekToFirst();
    EXPECT_THAT(rows.Get(Family::kNames, "n"), IsOkAndHolds(std::optional<std::string>("2")));
    EXPECT_THAT(rows.Get(Family::kNames, "m"), IsOkAndHolds(std::nullopt));
    EXPECT_EQ(rows.key(), "a");
  }
  EXPECT_THAT(store_->Get(Family::kNames, "n"), IsOkAndHolds(std::optional<std::string>("2")));
}

#ifndef NDEBUG
TEST_F(StoreTest, LockingAStoreTwiceIsAsserted) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const StoreIterator rows = store_->ScanAll(Family::kState);
        store_->Get(Family::kNames, "n").status().IgnoreError();
      },
      "stores_iterated");
  // One after the other is right.
  { const StoreIterator rows = store_->ScanAll(Family::kState); }
  StoreIterator rows = store_->ScanAll(Family::kState);
  const StoreIterator moved = std::move(rows);
}
#endif

}  // namespace
}  // namespace evlog
