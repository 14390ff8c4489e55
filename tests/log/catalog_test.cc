#include "log/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "evlog/limits.h"
#include "tests/log/engine.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Strings = std::vector<std::string>;
using std::string_literals::operator""s;

Strings Names(const Catalog& catalog, std::string_view pattern = "*", std::string_view after = "",
              size_t limit = SIZE_MAX, uint8_t database = 0) {
  const auto listed = catalog.List(database, pattern, after, limit);
  EXPECT_OK(listed);
  Strings names;
  if (listed.ok()) {
    for (const Catalog::Listed& one : *listed) names.push_back(one.record.name);
  }
  return names;
}

TEST(CatalogTest, CreatesOnceAndFindsAfterwards) {
  Engine engine;
  Catalog& catalog = engine.catalog();
  EXPECT_THAT(catalog.Find(0, "s"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("\"s\"")));
  ASSERT_OK_AND_ASSIGN(const Catalog::Found created,
                       catalog.FindOrCreate(0, "s", {7, Durability::kOs}));
  EXPECT_TRUE(created.created);
  EXPECT_EQ(created.stream->partitions(), 7);
  ASSERT_OK_AND_ASSIGN(const Catalog::Found again,
                       catalog.FindOrCreate(0, "s", {3, Durability::kSync}));
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.stream, created.stream);  // the one state there is, with its own options
  EXPECT_THAT(catalog.Find(0, "s"), IsOkAndHolds(created.stream));
}

TEST(CatalogTest, DatabasesAreApart) {
  Engine engine;
  Catalog& catalog = engine.catalog();
  std::set<uint64_t> ids;
  for (const uint8_t database : {0, 1, 15}) {
    ASSERT_OK_AND_ASSIGN(const Catalog::Found found, catalog.FindOrCreate(database, "s", {}));
    EXPECT_TRUE(found.created);
    ids.insert(found.stream->id().value());
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(Names(catalog, "*", "", 99, 1), Strings{"s"});
  EXPECT_THAT(Names(catalog, "*", "", 99, 2), IsEmpty());
}

TEST(CatalogTest, NamesHaveTheirLimits) {
  Engine engine;
  const std::string longest(kStreamNameBytesMax, 'n');
  EXPECT_OK(engine.catalog().FindOrCreate(0, longest, {}));
  EXPECT_OK(engine.catalog().FindOrCreate(0, "\0"s, {}));
  const auto invalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(engine.catalog().FindOrCreate(0, longest + "n", {}),
              StatusIs(invalid, HasSubstr("4097")));
  EXPECT_THAT(engine.catalog().FindOrCreate(0, "", {}), StatusIs(invalid, HasSubstr("empty")));
  EXPECT_THAT(engine.catalog().Find(0, ""), StatusIs(invalid));
  EXPECT_THAT(engine.catalog().FindOrCreate(0, "s", {0, Durability::kOs}), StatusIs(invalid));
  EXPECT_THAT(engine.catalog().FindOrCreate(0, "s", {1025, Durability::kOs}), StatusIs(invalid));
  EXPECT_THAT(engine.catalog().Find(0, "s"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(CatalogTest, ListsInOrderByPatternAndPage) {
  Engine engine;
  for (const std::string& name : {"b"s, "a"s, "ab"s, "\xff"s, "a\0b"s, "c"s}) engine.Stream(name);
  const Catalog& catalog = engine.catalog();
  EXPECT_EQ(Names(catalog), (Strings{"a", "a\0b"s, "ab", "b", "c", "\xff"}));
  EXPECT_EQ(Names(catalog, "a*"), (Strings{"a", "a\0b"s, "ab"}));
  EXPECT_EQ(Names(catalog, "?"), (Strings{"a", "b", "c", "\xff"}));
  EXPECT_EQ(Names(catalog, "*", "", 2), (Strings{"a", "a\0b"s}));
  EXPECT_EQ(Names(catalog, "*", "a\0b"s, 2), (Strings{"ab", "b"}));
  EXPECT_EQ(Names(catalog, "*", "bb"), (Strings{"c", "\xff"}));
  EXPECT_EQ(Names(catalog, "?", "", 2), (Strings{"a", "b"}));  // two that match
  EXPECT_THAT(Names(catalog, "*", "\xff"), IsEmpty());
  EXPECT_THAT(Names(catalog, "*", "", 0), IsEmpty());
}

TEST(CatalogTest, NumbersAreNeverUsedAgainOverRestarts) {
  Engine engine;
  std::set<uint64_t> ids;
  for (int run = 0; run < 4; ++run) {
    for (int i = 0; i < 3; ++i) {
      const auto stream = engine.Stream(std::to_string(run) + "/" + std::to_string(i));
      EXPECT_TRUE(ids.insert(stream->id().value()).second);
    }
    engine.Restart();
  }
  EXPECT_EQ(Names(engine.catalog()).size(), 12u);
}

TEST(CatalogTest, WhatAStreamIsSurvivesARestart) {
  Engine engine;
  engine.Stream("s", Durability::kAsync, 1024);
  engine.Restart();
  ASSERT_OK_AND_ASSIGN(const auto stream, engine.catalog().Find(0, "s"));
  EXPECT_EQ(stream->options(), (StreamOptions{1024, Durability::kAsync}));
}

TEST(CatalogTest, IdleStreamsAreForgottenAndFoundAgain) {
  Engine engine({.tail_cache_bytes = 0, .idle_streams_max = 10});
  const auto held = engine.Stream("held");
  ASSERT_OK(engine.Append(held, "a"));
  for (int i = 0; i < 200; ++i) {
    const auto stream = engine.Stream("s" + std::to_string(i));
    ASSERT_OK(engine.Append(stream, std::to_string(i)));
    EXPECT_LE(engine.probe().streams_loaded->value(), 40);
  }
  EXPECT_THAT(engine.catalog().Find(0, "held"), IsOkAndHolds(held));
  for (int i = 0; i < 200; ++i) {
    const auto stream = engine.Stream("s" + std::to_string(i));
    ASSERT_OK_AND_ASSIGN(const AppendResult result, engine.Append(stream, "more"));
    EXPECT_EQ(result.offset, 1u);  // it goes on after what is there
    EXPECT_EQ(engine.ReadValues(stream), (Strings{std::to_string(i), "more"}));
  }
}

TEST(CatalogTest, ManyThreadsOpenTheSameStreams) {
  Engine engine({.idle_streams_max = 3});
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const auto stream = engine.Stream("s" + std::to_string((i + t) % 10));
        EXPECT_OK(engine.Append(stream, "x", i % 3 == 0 ? Durability::kAsync : Durability::kOs));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK(engine.Sync());
  size_t entries = 0;
  for (const std::string& name : Names(engine.catalog())) {
    entries += engine.ReadValues(engine.Stream(name)).size();
  }
  EXPECT_EQ(Names(engine.catalog()).size(), 10u);
  EXPECT_EQ(entries, 600u);
}

TEST(CatalogTest, ClosingWakesReaders) {
  Engine engine;
  const auto stream = engine.Stream("s");
  ASSERT_OK_AND_ASSIGN(const auto reader, engine.Read(stream, {}));
  std::thread waiting([&] {
    ChunkView view;
    EXPECT_THAT(reader->Next(&view, absl::InfiniteFuture(), {}),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("closed")));
  });
  engine.clock().BlockUntilWaiting(1);
  engine.catalog().Close();
  waiting.join();
}

// Rows of the two families that do not fit together are named.
TEST(CatalogTest, ANameWithoutItsRowIsDataLoss) {
  Engine engine;
  engine.Stream("s");
  Request request;
  request.rows = {{Family::kNames, EncodeNameKey(0, "lost"), EncodeStreamId(StreamId(99))},
                  {Family::kNames, EncodeNameKey(0, "short"), "abc"}};
  ASSERT_OK(engine.committer().Run(&request));
  const auto lost = absl::StatusCode::kDataLoss;
  EXPECT_THAT(engine.catalog().Find(0, "lost"), StatusIs(lost, HasSubstr("99")));
  EXPECT_THAT(engine.catalog().Find(0, "short"), StatusIs(lost));
  EXPECT_THAT(engine.catalog().List(0, "*", "", 99).status(), StatusIs(lost));
  EXPECT_EQ(Names(engine.catalog(), "s"), Strings{"s"});  // what does not match is not looked at
}

}  // namespace
}  // namespace evlog
