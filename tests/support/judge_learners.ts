// Checks the programs that its argument describes, and prints what was said of them: for tests that run
// the checker in Node.js.

import { programArgs, writeText } from "../../runtime/runtime.ts";
import { checkAll, type Learner } from "./learners.ts";

const learners: Learner[] = JSON.parse(programArgs()[0]!);
writeText("stdout", JSON.stringify(await checkAll(learners)));
