/**
 * Words of a question that say nothing about its subject: function words, auxiliaries and question words, accents
 * folded as `tokensWithOffsets` folds them. Longer than PostgreSQL's stop lists by the question words.
 */
import type { SupportedLanguage } from '../language/types.ts';

const words = (list: string) => new Set(list.split(' '));

const stopWords: Record<SupportedLanguage, ReadonlySet<string>> = {
  en: words(
    'a an the and or but if of to in on at by for from with without about into over after before between during through than then as is are was were be been being am do does did done have has had having ' +
      'can could may might must shall should will would i me my we us our you your he him his she her it its they them their this that these those there here who whom whose which what when where why how many much often long ' +
      'not no nor so too very just also only any some each every all both more most other such own same s t ll re ve d m please tell show give get gets got find know knows known knew anyone anybody someone somebody person people whether per ever already'),
  fr: words(
    'a au aux avec ce cet cette ces c d dans de des du elle elles en est et eu eux il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on ou par pas pour qu que qui quoi s sa se ses si son sont sur ta te tes toi ton tu un une vos votre vous y ' +
      'etre ete etait etaient sera seront soit suis es sommes etes ai as avons avez ont avait avaient aura auront ayant fait faire fais font peut peuvent doit doivent faut quel quelle quels quelles comment combien quand pourquoi lequel laquelle lesquels lesquelles ' +
      'dont donc deja tres plus moins aussi tout toute tous toutes t entre sans sous vers chez apres avant pendant depuis selon quelqu quelque quelques personne personnes connait connaissent sait savent dis donne montre trouve cela ca'),
  de: words(
    'der die das den dem des ein eine einer eines einem einen und oder aber wenn als am an auf aus bei bis durch fur gegen im in ins ist sind war waren wird werden wurde wurden worden sein seine seiner seinem seinen ihr ihre ihrer ihrem ihren ihm ihn er sie es wir uns unser ich mich mir du dich dir man ' +
      'mit nach nicht kein keine keiner noch nur ob ohne sehr sich so uber um unter vom von vor wahrend wegen zu zum zur zwischen hat haben hatte hatten habe kann konnen konnte muss mussen darf durfen soll sollen wollen will mochte ' +
      'wer wen wem wessen was welche welcher welches welchem welchen wann warum wieso wie viel viele wo woher wohin womit wofur dass diese dieser dieses diesem diesen jede jeder jedes alle allem allen auch schon bereits je jemals dann da dort hier etwas jemand personen person kennt kennen bitte zeige nenne gibt gab pro'),
  es: words(
    'a al ante aun con contra cual cuales cuando cuanto cuanta cuantos cuantas como de del desde donde durante e el ella ellas ellos en entre era eran es esa esas ese esos esta estas este estos estan estaba fue fueron ha han habia hay haber hace hacer hasta la las le les lo los mas me mi mis mucho muchos muy nada ni no nos nosotros o os otra otro para pero por porque pues que quien quienes ' +
      'se sea ser sera si sido sin sobre son su sus suya suyo tambien tanto te tiene tienen todo toda todos todas tras tu tus un una uno unos unas usted ustedes y ya yo puede pueden debe deben alguien alguna alguno algunos persona personas sabe saben conoce conocen segun cada vez dime muestra'),
  it: words(
    'a ad agli ai al alla alle allo anche ancora avere aveva avevano c che chi ci come con contro cosa cui d da dagli dai dal dalla dalle dallo dei degli del della delle dello di dove e ed era erano essere fa fra gli ha hanno ho i il in io l la le lei li lo loro lui ma mi mio ne negli nei nel nella nelle nello noi non nostro o per perche piu puo possono quale quali qual quando quanto quanta quanti quante quello questa queste questi questo ' +
      's se sei si sia sono sta stato stata su sua sue sugli sui sul sulla sulle suo suoi te ti tra tu tua tutti tutto tutte un una uno vi voi deve devono fare fatto gia mai molto molti qualcuno persona persone sa sanno conosce conoscono secondo ogni dimmi mostra v'),
  pt: words(
    'a ao aos aquela aquele as ate com como contra da das de dela dele deles depois do dos e ela elas ele eles em entre era eram essa esse esta estao estava este eu foi foram ha isso isto ja lhe lhes mais mas me mesmo meu minha muito muitos na nao nas nem no nos nossa nosso num numa o os ou para pela pelas pelo pelos por porque pode podem qual quais quando quanto quanta quantos quantas que quem onde ' +
      'se seja sem ser sera seu seus so sobre sua suas tambem te tem tenha ter todo toda todos todas tu um uma uns umas voce voces deve devem fazer faz feito alguem alguma algum alguns pessoa pessoas sabe sabem conhece conhecem segundo cada diga mostre'),
  nl: words(
    'aan af al alle als altijd andere ben bij d daar dan dat de den der deze die dit doch doen door dus een eens en er ge geen had hadden hebben heb heeft hem het hier hij hoe hoeveel hun iemand iets ik in is ja je jij kan kunnen kon maar me meer men met mij mijn moet moeten mag mogen na naar niet niets nog nu of om omdat ons ook op over per reeds s t te tegen toch toen tot tijdens ' +
      'u uit uw van veel voor waar waarom wanneer want waren was wat we wel welk welke werd worden wordt wie wij wil willen zal ze zelf zich zij zijn zo zonder zou personen persoon kent kennen weet weten al ooit toon geef'),
};

/** @param token folded, lower case. @param language ISO 639-1; one without a list of ours has no stop words */
export function isStopWord(token: string, language: string): boolean {
  return stopWords[language as SupportedLanguage]?.has(token) ?? false;
}
