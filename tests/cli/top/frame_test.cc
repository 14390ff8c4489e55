#include "cli/top/frame.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace evlog::cli {
namespace {

// Two streams, one of which a group reads, on a server.
TopSnapshot First() {
  TopSnapshot snapshot;
  snapshot.time = absl::FromUnixMillis(1'700'000'000'000);
  snapshot.streams = {{0, "orders", 100, 150, 4096}, {0, "two words", 7, 7, std::nullopt}};
  snapshot.groups = {{0, "orders", "billing", 40, absl::Seconds(70), 3, 60, 2},
                     {0, "orders", "mail", 0, std::nullopt, 0, 100, 1}};
  snapshot.log = TopLog{1'000'000, 2'000, 500, 490, 123'000'000'000, false};
  TopServer server;
  server.version = "evlog 0.1.0";
  server.clients = 12;
  server.blocked = 3;
  server.memory_bytes = 30'000'000;
  server.output_bytes_max = 20;
  server.commands = 1'000;
  server.input_bytes = 5'000;
  server.output_bytes = 6'000;
  server.slow_clients = 1;
  snapshot.server = server;
  return snapshot;
}

// Two seconds later.
TopSnapshot Second() {
  TopSnapshot snapshot = First();
  snapshot.time += absl::Seconds(2);
  snapshot.streams[0].entries = 120;
  snapshot.streams[0].appended = 170;
  snapshot.streams[1].appended = 3'007;
  snapshot.streams.push_back({1, "new", 5, 5, 10});
  snapshot.groups[0].lag = 1'044;
  snapshot.groups[0].lag_age = absl::Seconds(72);
  snapshot.groups[0].read = 76;
  snapshot.log->written_commit = 700;
  snapshot.log->synced_commit = 700;
  snapshot.server->commands = 4'000;
  snapshot.server->errors = 2;
  snapshot.server->input_bytes = 9'000;
  snapshot.server->slow_clients = 4;
  return snapshot;
}

std::string Text(const TopFrame& frame, TopView view = {"127.0.0.1:6479"}) {
  return TopText(frame, view);
}

TEST(TopFrameTest, TwoSnapshotsMakeRates) {
  const TopSnapshot before = First();
  EXPECT_EQ(Text(CompareTop(&before, Second(), TopSort::kAppends)),
            "evlog top  127.0.0.1:6479  evlog 0.1.0  2023-11-14T22:13:22.000Z  by appends\n"
            "appended 1.5 k/s  read by groups 8/s  streams 3  groups 2  lag 1,044  pending 3\n"
            "tables 1.0 MB  garbage 2.0 kB  disk free 123.0 GB  commits 700\n"
            "commands 1.5 k/s  errors 1/s  in 2.0 kB/s  out 0 B/s  clients 12, 3 wait  "
            "memory 30.0 MB  largest output 20 B  cut off 4\n"
            "\n"
            "STREAM       DB  APPENDED  READ  ENTRIES    SIZE    LAG\n"
            "\"two words\"   0   1.5 k/s   0/s        7       -      0\n"
            "orders        0      10/s   8/s      120  4.1 kB  1,044\n"
            "new           1         -     -        5    10 B      0\n"
            "\n"
            "GROUP    STREAM  DB  READ    LAG  OLDEST  PENDING  CONSUMERS\n"
            "billing  orders   0   8/s  1,044   1m12s        3          2\n"
            "mail     orders   0   0/s      0       -        0          1\n");
}

TEST(TopFrameTest, TheFirstOneHasNoRates) {
  EXPECT_EQ(Text(CompareTop(nullptr, First(), TopSort::kName), {"127.0.0.1:6479", TopSort::kName}),
            "evlog top  127.0.0.1:6479  evlog 0.1.0  2023-11-14T22:13:20.000Z  by name\n"
            "appended -  read by groups -  streams 2  groups 2  lag 40  pending 3\n"
            "tables 1.0 MB  garbage 2.0 kB  disk free 123.0 GB  commits 500, 10 not synced\n"
            "commands -  errors -  in -  out -  clients 12, 3 wait  memory 30.0 MB  "
            "largest output 20 B  cut off 1\n"
            "\n"
            "STREAM       DB  APPENDED  READ  ENTRIES    SIZE  LAG\n"
            "orders        0         -     -      100  4.1 kB   40\n"
            "\"two words\"   0         -     -        7       -    0\n"
            "\n"
            "GROUP    STREAM  DB  READ  LAG  OLDEST  PENDING  CONSUMERS\n"
            "billing  orders   0     -   40   1m10s        3          2\n"
            "mail     orders   0     -    0       -        0          1\n");
}

TEST(TopFrameTest, AGroupWhoseLagIsNotKnownSaysNoNumber) {
  const TopSnapshot before = First();
  TopSnapshot now = Second();
  now.groups[1].lag.reset();
  now.groups[1].lag_age = absl::Seconds(5);
  now.groups[1].read.reset();
  const TopFrame frame = CompareTop(&before, now, TopSort::kLag);
  const std::string text = Text(frame);
  EXPECT_NE(text.find("  lag 1,044  pending 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nmail     orders   0     -      -      5s        0          1\n"),
            std::string::npos)
      << text;
  std::string line;
  AppendTopJson(frame, &line);
  const auto json = nlohmann::json::parse(line, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << line;
  EXPECT_EQ(json["streams"][0]["lag"], 1'044) << line;
  EXPECT_EQ(json["groups"][0]["lag"], 1'044) << line;
  EXPECT_TRUE(json["groups"][1]["lag"].is_null()) << line;
  EXPECT_TRUE(json["groups"][1]["read"].is_null()) << line;
  EXPECT_EQ(json["groups"][1]["lag_age_ms"], 5'000) << line;
}

TEST(TopFrameTest, ADirectoryHasNoServerAndNothingIsNoTable) {
  TopSnapshot empty;
  empty.time = absl::FromUnixMillis(0);
  empty.log = TopLog{};
  empty.log->appends_refused = true;
  const TopSnapshot before = empty;
  EXPECT_EQ(Text(CompareTop(&before, empty, TopSort::kLag), {"/var/lib/evlog", TopSort::kLag}),
            "evlog top  /var/lib/evlog  1970-01-01T00:00:00.000Z  by lag\n"
            "appended -  read by groups -  streams 0  groups 0  lag 0  pending 0\n"
            "tables 0 B  garbage 0 B  commits 0  APPENDS ARE REFUSED\n");
}

std::string Names(TopSort sort) {
  const TopSnapshot before = First();
  const TopFrame frame = CompareTop(&before, Second(), sort);
  std::string names;
  for (const TopStreamRow& row : frame.streams) names += row.now.name + ";";
  for (const TopGroupRow& row : frame.groups) names += row.now.name + ";";
  return names;
}

TEST(TopFrameTest, RowsAreSortedByAnyColumn) {
  EXPECT_EQ(Names(TopSort::kName), "orders;two words;new;billing;mail;");
  EXPECT_EQ(Names(TopSort::kReads), "orders;two words;new;billing;mail;");
  EXPECT_EQ(Names(TopSort::kLag), "orders;two words;new;billing;mail;");
  EXPECT_EQ(Names(TopSort::kEntries), "orders;two words;new;billing;mail;");
  EXPECT_EQ(Names(TopSort::kSize), "orders;new;two words;billing;mail;");
  EXPECT_EQ(Names(TopSort::kAppends), "two words;orders;new;billing;mail;");
  TopSort sort = TopSort::kAppends;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(ParseTopSort(TopSortName(sort)), sort);
    sort = NextTopSort(sort);
  }
  EXPECT_EQ(sort, TopSort::kAppends);
  EXPECT_EQ(ParseTopSort("colour"), std::nullopt);
}

TEST(TopFrameTest, WhatBeganAnewCountsAsAWhole) {
  TopSnapshot before = First();
  TopSnapshot now = Second();
  now.streams[0].appended = 20;  // dropped, and made again
  now.server->commands = 30;     // started again
  now.groups.erase(now.groups.begin());
  const TopFrame frame = CompareTop(&before, now, TopSort::kName);
  EXPECT_EQ(frame.streams[0].appended, 20u);
  EXPECT_EQ(frame.commands, 30u);
  EXPECT_EQ(frame.groups.size(), 1u);
  EXPECT_EQ(frame.streams[0].lag, 0u);
}

TEST(TopFrameTest, AScreenShowsWhatFits) {
  const TopSnapshot before = First();
  TopSnapshot now = Second();
  now.streams[0].name =
      "gr\xc3\xbc\xc3\x9f"
      "e";
  now.more_streams = true;
  TopView view{"p", TopSort::kName, 1, 12};
  EXPECT_EQ(Text(CompareTop(&before, now, TopSort::kName), view),
            "evlog top  p\n"
            "appended 1.5\n"
            "tables 1.0 M\n"
            "commands 1.5\n"
            "\n"
            "STREAM   DB \n"
            "\"gr\xc3\xbc\xc3\x9f"
            "e\"   0 \n"
            "\n"
            "GROUP    STR\n"
            "billing  ord\n");
}

TEST(TopFrameTest, JsonHasAllRowsAndNullWhereNothingIsKnown) {
  const TopSnapshot before = First();
  TopSnapshot now = Second();
  std::string line;
  AppendTopJson(CompareTop(&before, now, TopSort::kName), &line);
  auto json = nlohmann::json::parse(line, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << line;
  EXPECT_EQ(json["span_ms"], 2000);
  EXPECT_EQ(json["appended"], 3020);
  EXPECT_EQ(json["read"], 16);
  EXPECT_EQ(json["log"]["commits"], 200);
  EXPECT_EQ(json["log"]["disk_free_bytes"], 123'000'000'000);
  EXPECT_EQ(json["server"]["slow_clients"], 3);
  EXPECT_EQ(json["server"]["commands"], 3000);
  EXPECT_EQ(json["streams"].size(), 3u);
  EXPECT_EQ(json["streams"][1]["stream"], "two words");
  EXPECT_TRUE(json["streams"][1]["bytes"].is_null());
  EXPECT_TRUE(json["streams"][2]["appended"].is_null());
  EXPECT_EQ(json["groups"][0]["lag_age_ms"], 72'000);
  EXPECT_EQ(json["more_streams"], false);

  now.log.reset();
  now.server->slow_clients.reset();
  now.groups[0].lag_age.reset();
  line.clear();
  AppendTopJson(CompareTop(&before, now, TopSort::kName), &line);
  json = nlohmann::json::parse(line, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << line;
  EXPECT_TRUE(json["log"].is_null());
  EXPECT_TRUE(json["server"]["slow_clients"].is_null());
  EXPECT_TRUE(json["groups"][0]["lag_age_ms"].is_null());
}

}  // namespace
}  // namespace evlog::cli
