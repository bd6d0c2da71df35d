import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { type Kind, tokenOf } from './kinds';
import type { ObjectShape, Shape, Shapes } from './shape';

/**
 * Reads from the declarations of `@pulumi/kubernetes` which inputs its resources know: the package is generated from
 * the official schema, which is in no package of its own.
 * @param folder of the installed `@pulumi/kubernetes`
 * @throws Error at a type that this does not understand
 */
export function readShapes(folder: string, kinds: readonly Kind[]): Shapes {
  const nested = interfacesOf(path.join(folder, 'types', 'input.d.ts'));
  const shapes = kinds.map((kind) => {
    const file = path.join(kind.module, `${kind.kind[0]!.toLowerCase()}${kind.kind.slice(1)}.d.ts`);
    const found = interfacesOf(path.join(folder, file)).get(`${kind.kind}Args`);
    if (!found) throw new Error(`expected an interface ${kind.kind}Args in ${file} of @pulumi/kubernetes`);
    return [tokenOf(kind), shapeOfInterface(found, nested)] as const;
  });
  return Object.fromEntries(shapes);
}

/** By the name as it is referred to, such as `core.v1.PodSpec`. */
type Interfaces = ReadonlyMap<string, ts.InterfaceDeclaration>;

function interfacesOf(file: string): Interfaces {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Map<string, ts.InterfaceDeclaration>();
  collect(source, '');
  return found;

  function collect(holder: ts.SourceFile | ts.ModuleBlock, prefix: string): void {
    for (const statement of holder.statements) {
      if (ts.isInterfaceDeclaration(statement)) found.set(`${prefix}${statement.name.text}`, statement);
      if (ts.isModuleDeclaration(statement) && statement.body && ts.isModuleBlock(statement.body)) {
        collect(statement.body, `${prefix}${statement.name.text}.`);
      }
    }
  }
}

function shapeOfInterface(declaration: ts.InterfaceDeclaration, nested: Interfaces): ObjectShape {
  const members = declaration.members.filter(ts.isPropertySignature).map((member) => {
    const name = ts.isStringLiteral(member.name) ? member.name.text : member.name.getText();
    const required = member.questionToken === undefined;
    return [name, { required, shape: shapeOf(member.type!, nested) }] as const;
  });
  return { kind: 'object', properties: Object.fromEntries(members) };
}

function shapeOf(type: ts.TypeNode, nested: Interfaces): Shape {
  if (ts.isUnionTypeNode(type)) {
    const parts = type.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
    if (parts.length === 1) return shapeOf(parts[0]!, nested);
    return { kind: 'either', of: parts.map((part) => shapeOf(part, nested)) };
  }
  if (type.kind === ts.SyntaxKind.StringKeyword) return { kind: 'string' };
  if (type.kind === ts.SyntaxKind.NumberKeyword) return { kind: 'number' };
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return { kind: 'boolean' };
  if (type.kind === ts.SyntaxKind.AnyKeyword) return { kind: 'any' };
  if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) {
    return { kind: 'word', words: [type.literal.text] };
  }
  if (ts.isArrayTypeNode(type)) return { kind: 'array', of: shapeOf(type.elementType, nested) };
  if (ts.isTypeLiteralNode(type) && type.members[0] && ts.isIndexSignatureDeclaration(type.members[0])) {
    return { kind: 'map', of: shapeOf(type.members[0].type, nested) };
  }
  if (ts.isTypeReferenceNode(type)) {
    const name = type.typeName.getText();
    if (name === 'pulumi.Input') return shapeOf(type.typeArguments![0]!, nested);
    // The words of an enumeration are hints: the schema takes any string beside them.
    if (name.startsWith('enums.')) return { kind: 'string' };
    const found = name.startsWith('inputs.') && nested.get(name.slice('inputs.'.length));
    if (found) return shapeOfInterface(found, nested);
  }
  throw new Error(`expected a type of an input of @pulumi/kubernetes, received ${type.getText()}`);
}
