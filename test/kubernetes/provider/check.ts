import type { Kind } from './kinds';
import { normalise } from './normalise';
import { checkShape, type Failure, hasUnknown, isObject, type ObjectShape, type Properties } from './shape';

/**
 * The inputs with what the official provider fills in, or why they are refused. Pure.
 * @param namespace where objects go that name none
 */
export function checkInputs(
  kind: Kind,
  news: Properties,
  shape: ObjectShape,
  namespace: string,
): { inputs: Properties; failures: Failure[] } {
  const given = isObject(news.metadata) ? news.metadata : {};
  const metadata = kind.namespaced && !given.namespace ? { ...given, namespace } : given;
  const inputs = news.metadata === undefined || isObject(news.metadata) ? { ...news, metadata } : news;
  const failures = [...checkShape(inputs, shape), ...(isObject(inputs.metadata) ? checkNames(metadata) : [])];
  // What is not known yet cannot be brought into its canonical form; the official provider leaves all as it is then.
  return { inputs: hasUnknown(inputs) ? inputs : normalise(inputs, shape), failures };
}

function checkNames(metadata: Properties): Failure[] {
  const failures: Failure[] = [];
  if (metadata.generateName !== undefined) {
    failures.push({ property: 'metadata.generateName', reason: 'not supported by server-side apply' });
  } else if (!metadata.name) {
    failures.push({
      property: 'metadata.name',
      reason: 'expected a name: the stand-in for the plugin of @pulumi/kubernetes makes up none',
    });
  }
  return failures;
}
