// What `append --expect` takes, and what is said of a conflict.
#include "cli/expectation.h"

#include <gtest/gtest.h>

#include <string>

#include "log/base/status.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

TEST(ExpectationTest, ThreeForms) {
  ASSERT_OK_AND_ASSIGN(const Expect none, ParseExpectation("none"));
  EXPECT_EQ(none.kind(), Expect::Kind::kNoEntries);
  ASSERT_OK_AND_ASSIGN(const Expect offset, ParseExpectation("o:17"));
  EXPECT_EQ(offset.kind(), Expect::Kind::kOffset);
  EXPECT_EQ(offset.offset(), 17u);
  ASSERT_OK_AND_ASSIGN(const Expect id, ParseExpectation("5-3"));
  EXPECT_EQ(id.kind(), Expect::Kind::kLastId);
  EXPECT_EQ(id.id(), (EntryId{5, 3}));
  for (const char* text : {"", "5", "o:", "o:x", "-1", "5-", "end"}) {
    EXPECT_THAT(ParseExpectation(text).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--expect")))
        << text;
  }
}

TEST(ExpectationTest, AConflictIsToldInWordsThatExpectTakes) {
  const absl::Status status = Error(absl::StatusCode::kAborted, "the offset is another one");
  EXPECT_THAT(ExplainConflict(status, {2, 7, EntryId{5, 3}}),
              StatusIs(absl::StatusCode::kAborted,
                       HasSubstr("partition 2 stands at o:7, its last id is 5-3")));
  EXPECT_THAT(ExplainConflict(status, {}),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("o:0, it never had an entry")));
  std::string out;
  AppendConflictJson({2, 7, EntryId{5, 3}}, &out);
  AppendConflictJson({}, &out);
  AppendConflictJson({0, 1, EntryId{5, 3}, 12}, &out);
  EXPECT_EQ(out,
            "{\"conflict\":{\"partition\":2,\"next_offset\":7,\"last_id\":\"5-3\","
            "\"last_sequence\":null}}\n"
            "{\"conflict\":{\"partition\":0,\"next_offset\":0,\"last_id\":null,"
            "\"last_sequence\":null}}\n"
            "{\"conflict\":{\"partition\":0,\"next_offset\":1,\"last_id\":\"5-3\","
            "\"last_sequence\":12}}\n");
  // Nothing of where the stream stands helps a producer that went back in its numbers.
  EXPECT_EQ(ExplainConflict(status, {0, 1, EntryId{5, 3}, 12}).message(),
            "CONFLICT: the offset is another one");
}

}  // namespace
}  // namespace evlog::cli
