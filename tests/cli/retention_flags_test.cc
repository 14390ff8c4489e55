// What to keep of a stream, as flags.
#include "cli/retention_flags.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>

#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

// What the flags make of `*keep`; `change` as in RetentionFlags::AddTo.
absl::Status Apply(const std::string& arguments, bool change, Retention* keep,
                   bool* tightens = nullptr) {
  CLI::App app;
  RetentionFlags flags;
  flags.AddTo(&app, change);
  app.parse(arguments);
  if (tightens != nullptr) *tightens = flags.tightens();
  return flags.Apply(keep);
}

TEST(RetentionFlagsTest, EachBoundIsRead) {
  Retention keep;
  keep.exact = true;
  EXPECT_OK(
      Apply("--max-entries 1000 --max-bytes 64MiB --max-age 1h30m --min-id 5-3", false, &keep));
  EXPECT_EQ(keep.max_entries, 1000u);
  EXPECT_EQ(keep.max_bytes, uint64_t{64} << 20);
  EXPECT_EQ(keep.max_age, absl::Minutes(90));
  EXPECT_EQ(keep.min_id, (EntryId{5, 3}));
  EXPECT_TRUE(keep.exact);
  EXPECT_EQ(RetentionText(keep), "max-entries=1000 max-bytes=67108864 max-age=1h30m min-id=5-3");
  EXPECT_OK(Apply("--approx", false, &keep));
  EXPECT_FALSE(keep.exact);
}

TEST(RetentionFlagsTest, AChangeLeavesTheRestAndTakesAway) {
  Retention keep;
  keep.exact = true;
  bool tightens = true;
  EXPECT_OK(Apply("--max-entries 10 --max-age 7d", true, &keep, &tightens));
  EXPECT_TRUE(tightens);
  EXPECT_OK(Apply("--max-entries none", true, &keep, &tightens));
  EXPECT_FALSE(tightens);
  EXPECT_EQ(RetentionText(keep), "max-age=7d");
  EXPECT_OK(Apply("--approx", true, &keep, &tightens));
  EXPECT_FALSE(tightens);
  EXPECT_OK(Apply("--exact", true, &keep, &tightens));
  EXPECT_TRUE(tightens);
  EXPECT_OK(Apply("--max-age none", true, &keep));
  EXPECT_EQ(RetentionText(keep), "everything");
}

TEST(RetentionFlagsTest, ErrorsNameTheFlag) {
  struct Row {
    const char* arguments;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"--max-entries -1", "--max-entries"},
      {"--max-entries none", "--max-entries"},
      {"--max-bytes 10M", "--max-bytes"},
      {"--max-age 5", "--max-age"},
      {"--max-age 0", "max_age"},

      {"--min-id x", "--min-id"},
  };
  for (const Row& row : kRows) {
    Retention keep;
    EXPECT_THAT(Apply(row.arguments, false, &keep),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)))
        << row.arguments;
  }
  Retention keep;
  EXPECT_THAT(Apply("--approx --exact", true, &keep),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("exclude each other")));
}

TEST(RetentionFlagsTest, Json) {
  std::string out;
  AppendRetentionJson({}, &out);
  EXPECT_EQ(out, "null");
  out.clear();
  AppendRetentionJson({std::nullopt, 4096, std::nullopt, EntryId{5, 3}, true}, &out);
  EXPECT_EQ(out, R"({"max_entries":null,"max_bytes":4096,"max_age_ms":null,"min_id":"5-3",)"
                 R"("exact":true})");
}

}  // namespace
}  // namespace evlog::cli
